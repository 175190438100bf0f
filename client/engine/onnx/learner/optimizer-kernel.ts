// The compiled functions of optimizer.wat and the memory that they work in: callers copy a block of parameters in, call, and
// copy out what has changed. One per thread; nobody keeps anything there between two blocks.

import { WASM } from "./optimizer-wasm.ts";

/** Elements of a block: its four arrays fill the kernel's one page of memory and fit into a core's cache. */
export const BLOCK = 4096;

interface Functions {
  /** Sum of squares of the first `count` gradients, up to 3 more of which must be 0. */
  readonly squares: (count: number) => number;
  /** One AdamW update of the first `count` elements; one more may change. */
  readonly update: (
    count: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    epsilon: number,
    gradientScale: number,
    kept: number,
    rate: number,
    root: number,
  ) => void;
}

interface Kernel extends Functions {
  /** [BLOCK] each. */
  readonly weights: Float32Array;
  readonly gradients: Float32Array;
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** Node's types leave WebAssembly out, and the DOM's would let a browser's names in. */
const Wasm = (globalThis as unknown as { readonly WebAssembly: WebAssemblyClasses }).WebAssembly;

interface WebAssemblyClasses {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
  ) => { readonly exports: Functions & { readonly memory: { readonly buffer: ArrayBuffer } } };
}

export const kernel: Kernel = openKernel();

function openKernel(): Kernel {
  const { memory, squares, update } = new Wasm.Instance(new Wasm.Module(WASM)).exports;
  const array = (place: number) =>
    new Float32Array(memory.buffer, place * BLOCK * Float32Array.BYTES_PER_ELEMENT, BLOCK);
  return { weights: array(0), gradients: array(1), first: array(2), second: array(3), squares, update };
}
