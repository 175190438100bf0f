"""A minimal anchorgym server: one small world, whole episodes, no forks. It keeps the core profile of the conformance kit.

    python make_stubs.py && python server.py --port 50052
    anchorgym conformance 127.0.0.1:50052 --profile core
"""

import argparse
import concurrent.futures
import pathlib
import queue
import signal
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "stubs"))

import grpc  # noqa: E402
from anchorgym.v1 import catalog_pb2_grpc, environment_pb2, environment_pb2_grpc  # noqa: E402
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # noqa: E402

import catalogue  # noqa: E402
import counter_world as world  # noqa: E402
from errors import Refusal, answered, refuse  # noqa: E402
from outcomes import initial_outcome, lean, session_message, step_outcome  # noqa: E402
from sessions import Table  # noqa: E402

SERVICES = ["", "anchorgym.v1.CatalogService", "anchorgym.v1.EnvironmentService"]


def seconds(holder, field: str):
    """A duration field in seconds; None when absent."""
    duration = getattr(holder, field)
    return duration.seconds + duration.nanos / 1e9 if holder.HasField(field) else None


class Environments(environment_pb2_grpc.EnvironmentServiceServicer):
    """One lock serves everything: steps take microseconds here."""

    def __init__(self):
        self.lock = threading.RLock()
        self.table = Table()
        self.streams = {}

    def lease(self, lease_id: str, ttl_s=None) -> environment_pb2.Lease:
        lease = self.table.renew(lease_id, ttl_s)
        message = environment_pb2.Lease(lease_id=lease_id, active_sessions=self.table.active(lease_id))
        message.ttl.FromMilliseconds(int(lease["ttl_s"] * 1000))
        return message

    @answered
    def CreateGroups(self, request, context):
        sizes = [spec.replica_count for spec in request.groups]
        if not sizes or sum(max(1, size) for size in sizes) > catalogue.MAX_BATCH_ITEMS:
            raise Refusal("MESSAGE_INVALID", f"groups must hold 1 to {catalogue.MAX_BATCH_ITEMS} sessions")
        if len({spec.group_key for spec in request.groups}) != len(sizes):
            raise Refusal("MESSAGE_INVALID", "group_key must be unique in the request")
        if request.expected_build_digest not in (b"", catalogue.BUILD_DIGEST):
            raise Refusal("BUILD_CHANGED", "the environment is another build than the one pinned")
        self.lease(request.lease_id, seconds(request, "lease_ttl"))
        content = [request.environment, request.version, [spec.SerializeToString().hex() for spec in request.groups]]
        results = self.table.once(request.request_id, content, lambda: [self.group(request, spec) for spec in request.groups])
        return environment_pb2.CreateGroupsResponse(results=results, lease=self.lease(request.lease_id))

    def group(self, request, spec) -> environment_pb2.CreateGroupsResult:
        try:
            catalogue.check_environment(request.environment, request.version)
            if spec.WhichOneof("task") == "inline_task_json":
                raise Refusal("INLINE_TASK_UNSUPPORTED", "this environment takes no inline tasks")
            if spec.replica_count < 1 or spec.seed >= 2**53:
                raise Refusal("MESSAGE_INVALID", "replica_count must be at least 1 and seed below 2^53")
            task = world.task_by_id(spec.task_id)
            if task is None:
                raise Refusal("TASK_NOT_FOUND", f"no task {spec.task_id!r}")
        except Refusal as refusal:
            return environment_pb2.CreateGroupsResult(group_key=spec.group_key, status=refusal.status())
        sessions = self.table.create(task, spec.replica_count, request.lease_id)
        initial = initial_outcome(sessions[0].state)
        if spec.replica_seeds == environment_pb2.REPLICA_SEEDS_DERIVED:
            initial.full_state_hash = b""
        group = environment_pb2.Group(group_id=sessions[0].group_id, initial=initial, sessions=map(session_message, sessions))
        return environment_pb2.CreateGroupsResult(group_key=spec.group_key, group=group)

    @answered
    def Step(self, request, context):
        return self.step(request, len(request.items))

    def step(self, request, window: int) -> environment_pb2.StepResponse:
        """At most `window` items have an effect; beyond it they are refused."""
        if not 1 <= len(request.items) <= catalogue.MAX_BATCH_ITEMS:
            raise Refusal("MESSAGE_INVALID", f"items must hold 1 to {catalogue.MAX_BATCH_ITEMS} items")
        results = []
        for at, item in enumerate(request.items):
            result = environment_pb2.StepResult(session_id=item.session_id, seq=item.seq)
            try:
                if at >= window:
                    raise Refusal("WINDOW_EXCEEDED", f"more than {window} items are in flight")
                outcome, stored = self.table.find(item.session_id).step(item, step_outcome)
                result.outcome.CopyFrom(lean(outcome) if request.detail == environment_pb2.DETAIL_LEAN else outcome)
                result.outcome.replayed = stored
            except Refusal as refusal:
                result.status.CopyFrom(refusal.status())
            results.append(result)
        return environment_pb2.StepResponse(results=results)

    @answered
    def CloseSessions(self, request, context):
        return self.close(request)

    def close(self, request) -> environment_pb2.CloseSessionsResponse:
        response = environment_pb2.CloseSessionsResponse()
        for field, ids in (("session_id", request.session_ids), ("group_id", request.group_ids)):
            for wanted in ids:
                found = [session for session in self.table.sessions.values() if getattr(session, field) == wanted]
                result = response.results.add(**{field: wanted})
                if found:
                    result.closed.session_count = sum(not session.closed for session in found)
                else:
                    reason = "SESSION_NOT_FOUND" if field == "session_id" else "GROUP_NOT_FOUND"
                    result.status.CopyFrom(Refusal(reason, f"nothing of the id {wanted!r} is here").status())
                for session in found:
                    session.closed = True
        return response

    @answered
    def RenewLease(self, request, context):
        return environment_pb2.RenewLeaseResponse(lease=self.lease(request.lease_id, seconds(request, "ttl")))

    def Interact(self, frames, context):
        """A reader thread answers frames into a queue; what the queue gives is sent. None ends the stream."""
        outbox = queue.Queue()
        first = next(frames, None)
        if first is None or first.WhichOneof("frame") != "hello":
            refuse(context, Refusal("MESSAGE_INVALID", "hello must be the first frame"))
        try:
            with self.lock:
                lease_id = first.hello.lease_id
                welcome = environment_pb2.Welcome(lease=self.lease(lease_id, seconds(first.hello, "lease_ttl")))
                asked = first.hello.max_in_flight_items
                window = min(asked or catalogue.MAX_IN_FLIGHT, catalogue.MAX_IN_FLIGHT)
                welcome.limits.CopyFrom(catalogue.limits(window))
                former = self.streams.get(lease_id)
                self.streams[lease_id] = outbox
        except Refusal as refusal:
            refuse(context, refusal)
        if former is not None:
            former.put(environment_pb2.InteractResponse(go_away={"reason": environment_pb2.GO_AWAY_REASON_SUPERSEDED}))
            former.put(None)
        outbox.put(environment_pb2.InteractResponse(in_reply_to=first.frame_id, welcome=welcome))
        threading.Thread(target=self.read, args=(frames, lease_id, window, outbox), daemon=True).start()
        yield from iter(outbox.get, None)

    def read(self, frames, lease_id: str, window: int, outbox: queue.Queue) -> None:
        try:
            for frame in frames:
                with self.lock:
                    self.table.renew(lease_id)
                    outbox.put(self.answer(frame, window))
        except Exception:  # a broken connection shows as an exception of the frames; it undoes nothing
            pass
        outbox.put(None)

    def answer(self, frame, window: int) -> environment_pb2.InteractResponse:
        answer = environment_pb2.InteractResponse(in_reply_to=frame.frame_id)
        try:
            kind = frame.WhichOneof("frame")
            if kind == "step":
                answer.step.CopyFrom(self.step(frame.step, window))
            elif kind == "close_sessions":
                answer.close_sessions.CopyFrom(self.close(frame.close_sessions))
            elif kind == "renew_lease":
                ttl_s = seconds(frame.renew_lease, "ttl")
                answer.renew_lease.lease.CopyFrom(self.lease(frame.renew_lease.lease_id, ttl_s))
            else:
                raise Refusal("MESSAGE_INVALID", f"frame {kind} is not one that this server knows")
        except Refusal as refusal:
            answer.problem.CopyFrom(refusal.status())
        return answer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=50052)
    arguments = parser.parse_args()
    # A stream holds a thread for as long as it lives.
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(max_workers=64))
    environment_pb2_grpc.add_EnvironmentServiceServicer_to_server(Environments(), server)
    catalog_pb2_grpc.add_CatalogServiceServicer_to_server(catalogue.Catalogue(), server)
    checks = health.HealthServicer()
    for name in SERVICES:
        checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    port = server.add_insecure_port(f"127.0.0.1:{arguments.port}")
    server.start()
    print(f"serving {world.NAME} on 127.0.0.1:{port}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: server.stop(1))
    server.wait_for_termination()


if __name__ == "__main__":
    main()
