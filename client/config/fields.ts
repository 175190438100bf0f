// The kinds of field that a run configuration has. Each carries its documentation, its default and the sentence that a
// wrong value is answered with, so that the schema file reads as a table and every error names what was expected.

import { z } from "zod";

/** What a field says of itself: meaning with unit, and what to do about a value that is refused. */
interface FieldDoc {
  readonly doc: string;
  /** Shown after the expectation when a value is refused. */
  readonly cure?: string;
}

interface NumberDoc extends FieldDoc {
  readonly min: number;
  readonly max?: number;
  /** The lower bound itself is refused. */
  readonly above?: boolean;
}

function sentence(expectation: string, cure: string | undefined): string {
  return cure === undefined ? `expected ${expectation}` : `expected ${expectation}; ${cure}`;
}

function range({ min, max, above }: NumberDoc): string {
  const low = `${above ? "(" : "["}${min}`;
  return max === undefined ? `${low}, infinity)` : `${low}, ${max}]`;
}

function bounded(base: z.ZodNumber, spec: NumberDoc, error: string): z.ZodNumber {
  let field = spec.above ? base.gt(spec.min, { error }) : base.gte(spec.min, { error });
  if (spec.max !== undefined) field = field.lte(spec.max, { error });
  return field.describe(spec.doc);
}

/** A finite real number in a range. */
export function real(spec: NumberDoc): z.ZodNumber {
  const error = sentence(`a number in ${range(spec)}`, spec.cure);
  return bounded(z.number({ error }), spec, error);
}

/** An integer in a range, below 2^53. */
export function integer(spec: NumberDoc): z.ZodNumber {
  const error = sentence(`an integer in ${range({ ...spec, max: spec.max ?? Number.MAX_SAFE_INTEGER })}`, spec.cure);
  return bounded(z.number({ error }).int({ error }), spec, error);
}

/** One of a few words. */
export function choice<const T extends readonly [string, ...string[]]>(words: T, spec: FieldDoc) {
  return z.enum(words, { error: sentence(`one of ${words.join(", ")}`, spec.cure) }).describe(spec.doc);
}

/** true or false. */
export function flag(spec: FieldDoc): z.ZodBoolean {
  return z.boolean({ error: sentence("true or false", spec.cure) }).describe(spec.doc);
}

/** A text that is not empty, of a stated form. */
export function text(spec: FieldDoc & { readonly pattern?: RegExp; readonly form?: string }): z.ZodString {
  const error = sentence(spec.form ?? "a text", spec.cure);
  const field = z.string({ error }).min(1, { error });
  return (spec.pattern === undefined ? field : field.regex(spec.pattern, { error })).describe(spec.doc);
}
