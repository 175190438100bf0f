"""Refusals: a reason with its code and a sentence, as google.rpc.Status with ErrorInfo (see proto/README.md)."""

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

CODES = {
    "MESSAGE_INVALID": 3,
    "AGENTS_MISMATCH": 3,
    "ENVIRONMENT_NOT_FOUND": 5,
    "TASK_NOT_FOUND": 5,
    "GROUP_NOT_FOUND": 5,
    "SESSION_NOT_FOUND": 5,
    "CATALOGUE_CHANGED": 9,
    "BUILD_CHANGED": 9,
    "STALE_EPOCH": 9,
    "EPISODE_ENDED": 9,
    "SESSION_CLOSED": 9,
    "SEQ_GAP": 9,
    "STATE_MISMATCH": 9,
    "STEP_CONFLICT": 10,
    "REQUEST_CONFLICT": 10,
    "SEQ_EXPIRED": 11,
    "INLINE_TASK_UNSUPPORTED": 12,
    "WINDOW_EXCEEDED": 8,
}


class Refusal(Exception):
    """An item, or a whole call, that has no effect."""

    def __init__(self, reason: str, sentence: str, **metadata: str):
        super().__init__(sentence)
        self.reason = reason
        self.metadata = metadata

    def status(self) -> status_pb2.Status:
        info = error_details_pb2.ErrorInfo(reason=self.reason, domain="anchorgym", metadata=self.metadata)
        detail = any_pb2.Any()
        detail.Pack(info)
        return status_pb2.Status(code=CODES[self.reason], message=str(self), details=[detail])


def answered(handler):
    """Turns a Refusal that a handler raises into the status of its call."""

    def call(self, request, context):
        try:
            with self.lock:
                return handler(self, request, context)
        except Refusal as refusal:
            refuse(context, refusal)

    return call


def refuse(context, refusal: Refusal) -> None:
    """Ends the call. Raises."""
    status = refusal.status()
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    context.abort(code, status.message)
