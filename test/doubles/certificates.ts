// Certificates of a test's own authority, made with openssl, which a machine may lack.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onClose } from "./running-server.ts";

export const hasOpenssl = ((): boolean => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    console.warn("skipped: TLS tests make their certificates with openssl, which is not installed");
    return false;
  }
})();

export interface Certificates {
  /** Of ca.pem, and of NAME.pem and NAME.key by the names that were asked for. */
  readonly path: (file: string) => string;
  readonly read: (file: string) => string;
}

/**
 * @param commonNames by file name; "localhost" is also what the certificate of that name is valid for
 * @param days that they are valid; below 0: they were
 */
export function makeCertificates(commonNames: Readonly<Record<string, string>>, days = 2): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-tls-"));
  onClose(() => rmSync(folder, { recursive: true }));
  const openssl = (...words: string[]) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
  const ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...ec, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca", "-days", "2");
  for (const [file, name] of Object.entries(commonNames)) {
    openssl("req", ...ec, "-keyout", `${file}.key`, "-out", `${file}.csr`, "-utf8", "-subj", `/CN=${name}`);
    const sign = ["x509", "-req", "-in", `${file}.csr`, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"];
    openssl(...sign, "-out", `${file}.pem`, "-days", String(days));
  }
  const path = (file: string): string => join(folder, file);
  return { path, read: (file) => readFileSync(path(file), "utf8") };
}
