// Graph -> ONNX bytes, over protobufjs' Writer: about twenty field numbers of onnx.proto, IR version 10, opset 21.
// It writes no weights: those are graph inputs, or initializers whose data lies outside the bytes, so that the bytes stay
// small and the 2 GiB bound of protobuf is far away.
// @see https://github.com/onnx/onnx/blob/main/onnx/onnx.proto

import protobuf from "protobufjs/minimal.js";
import type { Attribute, DType, Graph, GraphNode, Initializer, Value } from "./value.ts";

const IR_VERSION = 10;
const OPSETS = [
  { domain: "", version: 21 },
  { domain: "com.microsoft", version: 1 },
] as const;

const ELEMENT_TYPE: Readonly<Record<DType, number>> = { float32: 1, int32: 6, int64: 7, bool: 9, float64: 11 };
const ATTRIBUTE_TYPE: Readonly<Record<Attribute["kind"], number>> = { float: 1, int: 2, string: 3, graph: 5, ints: 7 };

type Writer = protobuf.Writer;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

/** A length-delimited field whose content `write` fills in. */
function message(writer: Writer, field: number, write: (inner: Writer) => void): void {
  writer.uint32((field << 3) | LENGTH_DELIMITED).fork();
  write(writer);
  writer.ldelim();
}

function stringField(writer: Writer, field: number, value: string): void {
  writer.uint32((field << 3) | LENGTH_DELIMITED).string(value);
}

function intField(writer: Writer, field: number, value: number): void {
  writer.uint32(field << 3).int64(value);
}

/** Inputs that the model takes as constants from one file of raw little-endian elements instead. */
export interface ExternalWeights {
  /** What the runtime is told the file is called. */
  readonly file: string;
  /** By input name. */
  readonly places: ReadonlyMap<string, { readonly offsetBytes: number; readonly sizeBytes: number }>;
}

/** Bytes of an ONNX model that holds `graph`. */
export function encodeModel(graph: Graph, external?: ExternalWeights): Uint8Array {
  const writer = protobuf.Writer.create();
  intField(writer, 1, IR_VERSION);
  stringField(writer, 2, "anchorgym");
  message(writer, 7, (inner) => writeGraph(inner, graph, external));
  for (const opset of OPSETS) {
    message(writer, 8, (inner) => {
      stringField(inner, 1, opset.domain);
      intField(inner, 2, opset.version);
    });
  }
  return writer.finish();
}

function writeGraph(writer: Writer, graph: Graph, external?: ExternalWeights): void {
  for (const node of graph.nodes) message(writer, 1, (inner) => writeNode(inner, node));
  stringField(writer, 2, graph.name);
  for (const initializer of graph.initializers) message(writer, 5, (inner) => writeTensor(inner, initializer));
  for (const input of graph.inputs) {
    if (external?.places.has(input.name)) message(writer, 5, (inner) => writeExternal(inner, input, external));
    else message(writer, 11, (inner) => writeValueInfo(inner, input));
  }
  for (const output of graph.outputs) message(writer, 12, (inner) => writeValueInfo(inner, output));
}

function writeNode(writer: Writer, node: GraphNode): void {
  for (const input of node.inputs) stringField(writer, 1, input?.name ?? "");
  for (const output of node.outputs) stringField(writer, 2, output.name);
  stringField(writer, 4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes)) {
    message(writer, 5, (inner) => writeAttribute(inner, name, attribute));
  }
  if (node.domain !== "") stringField(writer, 7, node.domain);
}

function writeAttribute(writer: Writer, name: string, attribute: Attribute): void {
  stringField(writer, 1, name);
  switch (attribute.kind) {
    case "float":
      writer.uint32((2 << 3) | FIXED32).float(attribute.value);
      break;
    case "int":
      intField(writer, 3, attribute.value);
      break;
    case "string":
      stringField(writer, 4, attribute.value);
      break;
    case "graph":
      message(writer, 6, (inner) => writeGraph(inner, attribute.value));
      break;
    case "ints":
      for (const value of attribute.value) intField(writer, 8, value);
      break;
  }
  intField(writer, 20, ATTRIBUTE_TYPE[attribute.kind]);
}

function writeTensor(writer: Writer, { value, data }: Initializer): void {
  for (const dim of value.shape) intField(writer, 1, Number(dim));
  intField(writer, 2, ELEMENT_TYPE[value.dtype]);
  stringField(writer, 8, value.name);
  writer.uint32((9 << 3) | LENGTH_DELIMITED).bytes(rawBytes(value.dtype, data));
}

function writeExternal(writer: Writer, value: Value, { file, places }: ExternalWeights): void {
  for (const dim of value.shape) intField(writer, 1, Number(dim));
  intField(writer, 2, ELEMENT_TYPE[value.dtype]);
  stringField(writer, 8, value.name);
  const place = places.get(value.name);
  const entries = { location: file, offset: place?.offsetBytes ?? 0, length: place?.sizeBytes ?? 0 };
  for (const [key, entry] of Object.entries(entries)) {
    message(writer, 13, (inner) => {
      stringField(inner, 1, key);
      stringField(inner, 2, String(entry));
    });
  }
  intField(writer, 14, 1);
}

function rawBytes(dtype: DType, data: readonly number[]): Uint8Array {
  switch (dtype) {
    case "float32":
      return new Uint8Array(Float32Array.from(data).buffer);
    case "float64":
      return new Uint8Array(Float64Array.from(data).buffer);
    case "int32":
      return new Uint8Array(Int32Array.from(data).buffer);
    case "int64":
      return new Uint8Array(BigInt64Array.from(data, BigInt).buffer);
    case "bool":
      return Uint8Array.from(data);
  }
}

function writeValueInfo(writer: Writer, value: Value): void {
  stringField(writer, 1, value.name);
  message(writer, 2, (type) => {
    message(type, 1, (tensor) => {
      intField(tensor, 1, ELEMENT_TYPE[value.dtype]);
      message(tensor, 2, (shape) => {
        for (const dim of value.shape) {
          message(shape, 1, (inner) => {
            if (typeof dim === "number") intField(inner, 1, dim);
            else stringField(inner, 2, dim);
          });
        }
      });
    });
  });
}
