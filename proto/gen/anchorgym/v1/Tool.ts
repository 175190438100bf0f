// Original file: anchorgym/v1/environment.proto


export interface ToolInit {
  'name'?: (string);
  'description'?: (string);
  'inputSchemaJson'?: (string);
}

export interface Tool {
  'name': (string);
  'description': (string);
  'inputSchemaJson': (string);
}
