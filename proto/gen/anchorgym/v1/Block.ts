// Original file: anchorgym/v1/environment.proto

import type { ImageInit as _anchorgym_v1_ImageInit, Image as _anchorgym_v1_Image } from '../../anchorgym/v1/Image.ts';

export interface BlockInit {
  'text'?: (string);
  'json'?: (string);
  'image'?: (_anchorgym_v1_ImageInit | null);
  /**
   * Exactly one.
   */
  'block'?: "text"|"json"|"image";
}

export interface Block {
  'text'?: (string);
  'json'?: (string);
  'image'?: (_anchorgym_v1_Image | null);
  /**
   * Exactly one.
   */
  'block'?: "text"|"json"|"image";
}
