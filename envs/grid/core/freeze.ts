// Freezes plain data throughout, so that its canonical text is made once however many states show it (`core/canonical-json.ts`).
// Worth its cost only for views that many states share; refuses nothing, and leaves what is frozen already as it is.

/** The same value, with every object and list inside it frozen. Meant for trees of plain data without cycles. */
export function deepFreeze<Value extends object>(value: Value): Value {
  for (const part of Object.values(value)) {
    if (typeof part === "object" && part !== null && !Object.isFrozen(part)) deepFreeze(part as object);
  }
  return Object.freeze(value);
}
