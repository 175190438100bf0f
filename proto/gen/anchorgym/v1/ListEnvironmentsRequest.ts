// Original file: /work/wt3/proto/anchorgym/v1/catalog.proto


export interface ListEnvironmentsRequestInit {
}

export interface ListEnvironmentsRequest {
}
