// Original file: anchorgym/v1/environment.proto


export interface ImageInit {
  /**
   * "image/png".
   */
  'mimeType'?: (string);
  'data'?: (Buffer | Uint8Array | string);
}

export interface Image {
  /**
   * "image/png".
   */
  'mimeType': (string);
  'data': (Buffer);
}
