// Colours for levels printed in a terminal. Pure text: whether a terminal wants colour is for the command line to decide.

const CODES = {
  plain: "0",
  dim: "2",
  bold: "1",
  red: "31;1",
  green: "32;1",
  yellow: "33;1",
  blue: "34",
  magenta: "35;1",
  cyan: "36;1",
  wall: "90;100",
  ice: "96",
  onTarget: "30;42",
} as const;

export type Colour = keyof typeof CODES;

/** The text between an ANSI colour code and a reset. */
export function paint(text: string, colour: Colour): string {
  return colour === "plain" ? text : `\u001b[${CODES[colour]}m${text}\u001b[0m`;
}
