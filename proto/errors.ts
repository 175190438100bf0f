// placeholder, replaced in minutes
export class AnchorgymError extends Error {
  readonly reason: string = "";
  readonly retryable: boolean = false;
}
