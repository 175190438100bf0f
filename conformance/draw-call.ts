// A call of an offered tool with arguments drawn from its schema. Reads the keywords that tools use (type, enum, const,
// properties, required, items, bounds); a schema that says more is passed over, never guessed at.

import type { Tool } from "../proto/gen/anchorgym/v1/Tool.ts";
import type { ToolCallInit } from "../proto/gen/anchorgym/v1/ToolCall.ts";

type Draw = (bound: number) => number;
type Schema = Readonly<Record<string, unknown>>;

/** Keywords that change nothing, or that `drawValue` obeys. */
const UNDERSTOOD = new Set(
  "type enum const properties required additionalProperties items minItems maxItems minimum maximum maxLength description default title".split(
    " ",
  ),
);

/** Undefined where the schema is beyond what can be drawn from. */
export function drawCall(tool: Tool, callId: string, draw: Draw): ToolCallInit | undefined {
  const value = drawValue(JSON.parse(tool.inputSchemaJson) as Schema, draw);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return { callId, name: tool.name, argumentsJson: JSON.stringify(value) };
}

function drawValue(schema: Schema, draw: Draw): unknown {
  if (Object.keys(schema).some((keyword) => !UNDERSTOOD.has(keyword))) return undefined;
  if (schema["const"] !== undefined) return schema["const"];
  const choices = schema["enum"];
  if (Array.isArray(choices)) return choices[draw(choices.length)];
  const minimum = Math.ceil(Number(schema["minimum"] ?? 0));
  switch (schema["type"]) {
    case "string":
      return "x".slice(0, Number(schema["maxLength"] ?? 1));
    case "boolean":
      return draw(2) === 1;
    case "integer":
    case "number": {
      const maximum = Math.floor(Number(schema["maximum"] ?? minimum + 3));
      return maximum < minimum ? undefined : minimum + draw(maximum - minimum + 1);
    }
    case "array": {
      const items = Array.from({ length: Number(schema["minItems"] ?? 0) }, () =>
        drawValue((schema["items"] ?? {}) as Schema, draw),
      );
      return items.includes(undefined) ? undefined : items;
    }
    case "object":
      return drawObject(schema, draw);
    default:
      return undefined;
  }
}

function drawObject(schema: Schema, draw: Draw): unknown {
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
  const required = new Set((schema["required"] ?? []) as readonly string[]);
  const value: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) {
    if (!required.has(name) && draw(2) === 0) continue;
    const drawn = drawValue(property, draw);
    if (drawn === undefined && required.has(name)) return undefined;
    if (drawn !== undefined) value[name] = drawn;
  }
  return value;
}
