"""CatalogService of the minimal server."""

import hashlib
import threading

import counter_world as world
from anchorgym.v1 import catalog_pb2, catalog_pb2_grpc
from anchorgym_hash import SCHEME, state_hash
from errors import Refusal, answered
from sessions import MAX_TTL_S, MIN_TTL_S, WINDOW

MAX_BATCH_ITEMS = 256
MAX_IN_FLIGHT = 1024
BUILD_DIGEST = hashlib.sha256(f"{world.NAME} {world.VERSION} {world.STATE_SCHEMA}".encode()).digest()
KINDS = {"train": catalog_pb2.SPLIT_KIND_TRAIN, "test": catalog_pb2.SPLIT_KIND_TEST}


def tasks_of(split: str) -> list:
    return [world.task_at(split, index) for index in range(world.SPLITS[split])]


def split_digest(split: str) -> bytes:
    return state_hash("split", "split/1", [[task.task_id, task.digest.hex()] for task in tasks_of(split)])


def limits(in_flight: int = MAX_IN_FLIGHT) -> catalog_pb2.Limits:
    message = catalog_pb2.Limits(
        max_batch_items=MAX_BATCH_ITEMS,
        max_message_bytes=4 * 2**20,
        max_in_flight_items=in_flight,
        outcome_window=WINDOW,
        durability=catalog_pb2.DURABILITY_MEMORY,
    )
    message.min_lease_ttl.FromSeconds(int(MIN_TTL_S))
    message.max_lease_ttl.FromSeconds(int(MAX_TTL_S))
    return message


def describe(omit_digests: bool = False) -> catalog_pb2.Environment:
    return catalog_pb2.Environment(
        name=world.NAME,
        version=world.VERSION,
        build_digest=BUILD_DIGEST,
        turn_model=catalog_pb2.TURN_MODEL_SINGLE,
        agents=[catalog_pb2.AgentSpec(agent_id="", role="counter", trainable=True)],
        action_modes=[catalog_pb2.ACTION_MODE_TEXT, catalog_pb2.ACTION_MODE_CHOICE],
        text_parsers=["plain"],
        determinism=catalog_pb2.DETERMINISM_BIT_EXACT,
        fork_mode=catalog_pb2.FORK_MODE_UNSUPPORTED,
        hash_scheme=SCHEME,
        state_schema=world.STATE_SCHEMA,
        splits=[
            catalog_pb2.Split(name=name, kind=KINDS[name], task_count=count, digest=b"" if omit_digests else split_digest(name))
            for name, count in world.SPLITS.items()
        ],
        reward_components=world.COMPONENTS,
        limits=catalog_pb2.EnvironmentLimits(
            max_turns=world.MAX_TURNS, max_action_bytes=world.MAX_ACTION_BYTES, max_observation_bytes=256
        ),
    )


def task_message(task: world.Task) -> catalog_pb2.Task:
    return catalog_pb2.Task(
        task_id=task.task_id,
        content_digest=task.digest,
        split=task.split,
        title=task.title,
        index=task.index,
        max_turns=world.MAX_TURNS,
    )


def check_environment(name: str, version: str) -> None:
    if name != world.NAME or version not in ("", world.VERSION):
        raise Refusal("ENVIRONMENT_NOT_FOUND", f"no environment {name!r} {version!r}; served: {world.NAME} {world.VERSION}")


def check_split(request) -> bytes:
    check_environment(request.environment, "")
    if request.split not in world.SPLITS:
        raise Refusal("TASK_NOT_FOUND", f"no split {request.split!r}; there are {list(world.SPLITS)}")
    digest = split_digest(request.split)
    if request.split_digest not in (b"", digest):
        raise Refusal("CATALOGUE_CHANGED", "the split holds other tasks than those pinned")
    return digest


class Catalogue(catalog_pb2_grpc.CatalogServiceServicer):
    def __init__(self):
        self.lock = threading.RLock()

    @answered
    def ListEnvironments(self, request, context):
        return catalog_pb2.ListEnvironmentsResponse(environments=[describe()], limits=limits())

    @answered
    def GetEnvironment(self, request, context):
        check_environment(request.name, request.version)
        return catalog_pb2.GetEnvironmentResponse(environment=describe(request.omit_split_digests))

    @answered
    def ListTasks(self, request, context):
        digest = check_split(request)
        if request.page_token and not request.page_token.isdecimal():
            raise Refusal("MESSAGE_INVALID", "page_token must be empty or a next_page_token of this server")
        start = int(request.page_token or 0)
        end = start + (request.page_size or 100)
        found = [task for task in tasks_of(request.split) if not request.tags]
        token = str(end) if end < len(found) else ""
        return catalog_pb2.ListTasksResponse(
            tasks=map(task_message, found[start:end]), next_page_token=token, split_digest=digest
        )

    @answered
    def SampleTasks(self, request, context):
        digest = check_split(request)
        if request.count > MAX_BATCH_ITEMS or request.seed >= 2**53:
            raise Refusal("MESSAGE_INVALID", f"count must be at most {MAX_BATCH_ITEMS}, seed below 2^53")
        tasks = tasks_of(request.split)
        drawn = []
        for position in range(request.offset, request.offset + request.count):
            number, at = divmod(position, len(tasks))
            order = sorted(tasks, key=lambda task: state_hash("sample", "sample/1", [request.seed, number, task.task_id]))
            drawn.append(task_message(order[at]))
        return catalog_pb2.SampleTasksResponse(tasks=drawn, split_digest=digest)
