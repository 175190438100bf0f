// What was compared and what came of it: per kind the number of checks, of failures, and the worst difference as a share of
// its tolerance. A check that could not be made because something threw is a failed one, with the sentence.

export interface KindSummary {
  readonly checks: number;
  readonly failed: number;
  /** Largest difference over its tolerance, at most 1 where nothing failed; null where all checks are of equality. */
  readonly worst: number | null;
}

export interface Failure {
  readonly kind: string;
  readonly place: string;
  readonly problem: string;
}

const MAX_FAILURES = 50;

export class Ledger {
  readonly failures: Failure[] = [];
  readonly #kinds = new Map<string, { checks: number; failed: number; worst: number | null }>();

  get checks(): number {
    return [...this.#kinds.values()].reduce((sum, { checks }) => sum + checks, 0);
  }

  get failed(): number {
    return [...this.#kinds.values()].reduce((sum, { failed }) => sum + failed, 0);
  }

  get kinds(): Readonly<Record<string, KindSummary>> {
    return Object.fromEntries([...this.#kinds].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Every number within an absolute tolerance; NaN is never within. */
  near(kind: string, place: string, actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
    if (actual.length !== expected.length) {
      this.#record(kind, place, Number.POSITIVE_INFINITY, `${actual.length} numbers instead of ${expected.length}`);
      return;
    }
    let worst = 0;
    let at = 0;
    for (let i = 0; i < expected.length; i++) {
      const difference = Math.abs((actual[i] as number) - (expected[i] as number));
      if (difference <= worst) continue;
      worst = difference;
      at = i;
      if (Number.isNaN(difference)) break;
    }
    this.#record(kind, place, worst / tolerance, `${actual[at]} instead of ${expected[at]} at ${at}`);
  }

  /** One number within a tolerance relative to the expected one. */
  relative(kind: string, place: string, actual: number, expected: number, tolerance: number): void {
    this.near(kind, place, [actual], [expected], tolerance * Math.max(Math.abs(expected), Number.MIN_VALUE));
  }

  /** Equal as JSON. */
  equal(kind: string, place: string, actual: unknown, expected: unknown): void {
    const [has, needs] = [JSON.stringify(actual), JSON.stringify(expected)];
    this.#record(
      kind,
      place,
      has === needs ? null : Number.POSITIVE_INFINITY,
      `${short(has)} instead of ${short(needs)}`,
    );
  }

  /** Runs checks; what they throw is a failure of `kind`. */
  async attempt(kind: string, place: string, checks: () => void | Promise<void>): Promise<void> {
    try {
      await checks();
    } catch (error) {
      this.#record(kind, place, Number.POSITIVE_INFINITY, error instanceof Error ? error.message : String(error));
    }
  }

  /** @param share of the tolerance that was used; null: an equality that holds */
  #record(kind: string, place: string, share: number | null, problem: string): void {
    const summary = this.#kinds.get(kind) ?? { checks: 0, failed: 0, worst: null };
    this.#kinds.set(kind, summary);
    summary.checks += 1;
    const isWithin = share === null || share <= 1;
    if (share !== null && Number.isFinite(share)) summary.worst = Math.max(summary.worst ?? 0, share);
    if (isWithin) return;
    summary.failed += 1;
    if (this.failures.length < MAX_FAILURES) this.failures.push({ kind, place, problem });
  }
}

function short(text: string | undefined): string {
  return text === undefined || text.length <= 80 ? String(text) : `${text.slice(0, 77)}...`;
}
