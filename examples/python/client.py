"""Plays an episode on any anchorgym server: groups, steps sent twice, a fork, and hashes checked against the vectors.

    python make_stubs.py && python client.py 127.0.0.1:50051 [environment]

Exits 1 with a sentence at the first thing that is not as the protocol says.
"""

import argparse
import pathlib
import sys
import uuid

import anchorgym_hash

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "stubs"))

DEADLINE_S = 20


def demand(condition: bool, sentence: str) -> None:
    if not condition:
        raise SystemExit(f"error: {sentence}")


def choose_action(outcome, spaces: dict, turn: int) -> list:
    """One listed action of each acting agent, the next one of its list each turn."""
    from anchorgym.v1 import environment_pb2 as messages

    for agent in outcome.agents:
        if agent.HasField("action_space") and not agent.action_space.unchanged:
            spaces[agent.agent_id] = list(agent.action_space.admissible)
    return [
        messages.AgentAction(agent_id=agent_id, text=(spaces.get(agent_id) or ["look"])[turn % len(spaces.get(agent_id) or ["look"])])
        for agent_id in outcome.acting_agents
    ]


def check_observations(outcome) -> int:
    """Recomputes the hash of every text observation."""
    count = 0
    for agent in outcome.agents:
        texts = [agent.anchor] if agent.anchor else [block.text for block in agent.observation.blocks]
        if not agent.HasField("observation") or any(block.WhichOneof("block") != "text" for block in agent.observation.blocks):
            continue
        demand(agent.observation_hash == anchorgym_hash.observation_hash(texts), f"observation hash of seq {outcome.seq} differs")
        count += 1
    return count


def play(address: str, environment: str, token: str) -> None:
    import grpc
    from anchorgym.v1 import catalog_pb2, catalog_pb2_grpc, environment_pb2, environment_pb2_grpc

    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    options = {"timeout": DEADLINE_S, "metadata": metadata}
    with grpc.insecure_channel(address) as channel:
        catalog = catalog_pb2_grpc.CatalogServiceStub(channel)
        service = environment_pb2_grpc.EnvironmentServiceStub(channel)
        listed = catalog.ListEnvironments(catalog_pb2.ListEnvironmentsRequest(), wait_for_ready=True, **options).environments
        chosen = next((found for found in listed if environment in ("", found.name)), None)
        demand(chosen is not None, f"no environment {environment!r}; served: {[found.name for found in listed]}")
        sample = catalog_pb2.SampleTasksRequest(environment=chosen.name, split=chosen.splits[0].name, seed=1, count=1)
        task = catalog.SampleTasks(sample, **options).tasks[0]
        print(f"task {task.task_id}: {task.title}")

        spec = environment_pb2.GroupSpec(group_key="g", task_id=task.task_id, seed=7, replica_count=2)
        lease_id = str(uuid.uuid4())
        request = environment_pb2.CreateGroupsRequest(
            request_id=str(uuid.uuid4()), lease_id=lease_id, environment=chosen.name, groups=[spec]
        )
        result = service.CreateGroups(request, **options).results[0]
        demand(result.HasField("group"), f"the group was refused: {result.status.message}")
        group = result.group
        again = service.CreateGroups(request, **options).results[0].group
        demand(
            [s.session_id for s in again.sessions] == [s.session_id for s in group.sessions],
            "the same request_id gave other sessions",
        )

        checked = check_observations(group.initial)
        session, spaces = group.sessions[0], {}
        outcome, steps = group.initial, []
        while outcome.acting_agents and len(steps) < 6:
            item = environment_pb2.StepItem(
                session_id=session.session_id,
                epoch=session.epoch,
                seq=outcome.seq + 1,
                actions=choose_action(outcome, spaces, len(steps)),
            )
            step = environment_pb2.StepRequest(items=[item])
            answer = service.Step(step, **options).results[0]
            demand(answer.HasField("outcome"), f"step {item.seq} was refused: {answer.status.message}")
            told = service.Step(step, **options).results[0].outcome
            demand(told.replayed and told.full_state_hash == answer.outcome.full_state_hash, "a step had an effect twice")
            outcome = answer.outcome
            steps.append(item)
            checked += check_observations(outcome)
        print(f"stepped {len(steps)} times, each sent twice; {checked} observation hashes recomputed")

        if chosen.fork_mode == catalog_pb2.FORK_MODE_UNSUPPORTED:
            print("no fork: the server offers none")
        else:
            fork(service, environment_pb2, options, lease_id, session, steps)
        service.CloseSessions(environment_pb2.CloseSessionsRequest(group_ids=[group.group_id]), **options)


def fork(service, messages, options: dict, lease_id: str, session, steps: list) -> None:
    """Forks before the last step and takes that step in the child: it must come out as it did in the parent."""
    at_seq = len(steps) - 1
    item = messages.ForkItem(session_id=session.session_id, epoch=session.epoch, at_seq=at_seq, count=1)
    request = messages.ForkRequest(request_id=str(uuid.uuid4()), lease_id=lease_id, items=[item])
    result = service.Fork(request, **options).results[0]
    demand(result.HasField("forked"), f"the fork was refused: {result.status.message}")
    child = result.forked.sessions[0]
    demand(child.branched_at_seq == at_seq and child.next_seq == at_seq + 1, "the child is not where it was asked to be")
    last = messages.StepItem(session_id=child.session_id, epoch=child.epoch, seq=at_seq + 1, actions=steps[-1].actions)
    came = service.Step(messages.StepRequest(items=[last]), **options).results[0].outcome
    parent = service.Step(messages.StepRequest(items=[steps[-1]]), **options).results[0].outcome
    demand(came.full_state_hash == parent.full_state_hash, "the same step gave another state in the fork")
    print(f"forked at seq {at_seq}; the child's step {at_seq + 1} gave the parent's state")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("address", help="host:port")
    parser.add_argument("environment", nargs="?", default="", help="default: the first that the server lists")
    parser.add_argument("--token", default="", help="bearer token, where the server asks for one")
    arguments = parser.parse_args()
    print(f"{anchorgym_hash.check_vectors()} published values agree")
    play(arguments.address, arguments.environment, arguments.token)
    print("ok")


if __name__ == "__main__":
    main()
