// Original file: anchorgym/v1/environment.proto


/**
 * Something that an agent may call.
 */
export interface ToolInit {
  /**
   * Unique in the action space.
   */
  'name'?: (string);
  /**
   * For the model that reads it.
   */
  'description'?: (string);
  /**
   * JSON Schema of ToolCall.arguments_json, an object.
   */
  'inputSchemaJson'?: (string);
}

/**
 * Something that an agent may call.
 */
export interface Tool {
  /**
   * Unique in the action space.
   */
  'name': (string);
  /**
   * For the model that reads it.
   */
  'description': (string);
  /**
   * JSON Schema of ToolCall.arguments_json, an object.
   */
  'inputSchemaJson': (string);
}
