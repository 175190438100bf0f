// Takes the colours out of a terminal text, so that a test can look at what it says.

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[\\d;]*m`, "g");

export function stripAnsi(text: string): string {
  return text.replace(COLOUR, "");
}
