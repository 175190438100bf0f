"""Sessions, groups, leases and request ids of the minimal server: everything that makes a step happen once."""

import json
import time
import uuid

import counter_world as world
from anchorgym_hash import state_hash
from errors import Refusal

WINDOW = 4
MIN_TTL_S, MAX_TTL_S, DEFAULT_TTL_S = 1.0, 3600.0, 60.0


class Session:
    """One episode. `outcomes` holds the last WINDOW answers by seq, each with the digest of its actions."""

    def __init__(self, session_id: str, group_id: str, lease_id: str, index: int, state: world.State):
        self.session_id, self.group_id, self.lease_id, self.index = session_id, group_id, lease_id, index
        self.epoch, self.seq, self.state = 1, 0, state
        self.ended, self.closed = False, False
        self.outcomes = {}

    def step(self, item, build_outcome):
        """The outcome of an item and whether it is a stored one. Raises Refusal, in the order of the protocol's table."""
        ids = {"session": self.session_id, "seq": str(item.seq)}
        if item.epoch != self.epoch:
            raise Refusal("STALE_EPOCH", f"epoch {item.epoch} is not {self.epoch}", **ids)
        if self.closed:
            raise Refusal("SESSION_CLOSED", "the session is closed", **ids)
        if len(item.expected_full_state_hash) not in (0, 32):
            raise Refusal("MESSAGE_INVALID", "expected_full_state_hash must have 32 bytes", **ids)
        digest = actions_digest(item.actions)
        if item.seq <= self.seq:
            return self._stored(item.seq, digest, ids), True
        if item.seq > self.seq + 1:
            raise Refusal("SEQ_GAP", f"the next seq is {self.seq + 1}", next_seq=str(self.seq + 1), **ids)
        if self.ended:
            raise Refusal("EPISODE_ENDED", "the episode is over", **ids)
        full, _, _ = world.hashes(self.state)
        if item.expected_full_state_hash not in (b"", full):
            raise Refusal("STATE_MISMATCH", "the session is in another state", **ids)
        if [action.agent_id for action in item.actions] != [""]:
            raise Refusal("AGENTS_MISMATCH", 'one action of the agent "" is needed', **ids)
        outcome, after = build_outcome(self, item.actions[0])
        self.state, self.seq = after.state, item.seq
        self.ended = after.end_reason != ""
        self.outcomes[item.seq] = (digest, outcome)
        self.outcomes.pop(item.seq - WINDOW, None)
        return outcome, False

    def _stored(self, seq: int, digest: bytes, ids: dict):
        if seq not in self.outcomes:
            raise Refusal("SEQ_EXPIRED", f"seq {seq} is below the window of {WINDOW} outcomes", **ids)
        stored_digest, outcome = self.outcomes[seq]
        if stored_digest != digest:
            raise Refusal("STEP_CONFLICT", f"seq {seq} was sent with other actions", **ids)
        return outcome


def actions_digest(actions) -> bytes:
    body = []
    for action in actions:
        kind = action.WhichOneof("action")
        if kind is None:
            raise Refusal("MESSAGE_INVALID", "an action has neither text nor choice nor tool calls")
        value = getattr(action, kind)
        body.append({"agent_id": action.agent_id, kind: value if kind != "tool_calls" else value.SerializeToString().hex()})
    return state_hash("actions", "actions/1", body)


class Table:
    """Everything alive. Leases are looked at whenever somebody asks: an expired one closes its sessions."""

    def __init__(self):
        self.sessions, self.leases, self.requests = {}, {}, {}

    def renew(self, lease_id: str, ttl_s=None) -> dict:
        if not 1 <= len(lease_id.encode()) <= 128:
            raise Refusal("MESSAGE_INVALID", "lease_id must have 1 to 128 bytes")
        if ttl_s is not None and ttl_s < 0:
            raise Refusal("MESSAGE_INVALID", "ttl must not be negative")
        self.expire()
        lease = self.leases.setdefault(lease_id, {"ttl_s": DEFAULT_TTL_S})
        if ttl_s is not None:
            lease["ttl_s"] = min(MAX_TTL_S, max(MIN_TTL_S, ttl_s))
        lease["end_s"] = time.monotonic() + lease["ttl_s"]
        return lease

    def expire(self) -> None:
        now = time.monotonic()
        for lease_id in [lease_id for lease_id, lease in self.leases.items() if lease["end_s"] <= now]:
            del self.leases[lease_id]
            for session in self.sessions.values():
                session.closed = session.closed or session.lease_id == lease_id

    def find(self, session_id: str) -> Session:
        self.expire()
        if session_id not in self.sessions:
            raise Refusal("SESSION_NOT_FOUND", "no session of this id is here", session=session_id)
        session = self.sessions[session_id]
        if not session.closed:
            self.renew(session.lease_id)
        return session

    def active(self, lease_id: str) -> int:
        return sum(session.lease_id == lease_id and not session.closed for session in self.sessions.values())

    def create(self, task: world.Task, count: int, lease_id: str) -> list:
        group_id = str(uuid.uuid4())
        sessions = [Session(f"{group_id}/{index}", group_id, lease_id, index, world.State(task)) for index in range(count)]
        self.sessions.update({session.session_id: session for session in sessions})
        return sessions

    def once(self, request_id: str, content, run):
        """The answer to a request id: made once. Raises REQUEST_CONFLICT for other content."""
        if not 1 <= len(request_id.encode()) <= 128:
            raise Refusal("MESSAGE_INVALID", "request_id must have 1 to 128 bytes")
        digest = json.dumps(content)
        if request_id not in self.requests:
            self.requests[request_id] = (digest, run())
        if self.requests[request_id][0] != digest:
            raise Refusal("REQUEST_CONFLICT", "this request_id was used with other content")
        return self.requests[request_id][1]
