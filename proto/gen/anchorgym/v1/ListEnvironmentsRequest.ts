// Original file: anchorgym/v1/catalog.proto


export interface ListEnvironmentsRequestInit {
}

export interface ListEnvironmentsRequest {
}
