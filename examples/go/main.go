// Plays an episode on any anchorgym server: groups, steps sent twice, a fork, and hashes checked against the vectors.
//
//	go run . 127.0.0.1:50051 [environment]
//
// Exits 1 with a sentence at the first thing that is not as the protocol says.

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	v1 "anchorgym.example/go/stubs/anchorgym/v1"
)

// vectors is relative to this folder, where `go run .` is called.
const vectors = "../../proto/vectors"

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: go run . host:port [environment]")
		os.Exit(2)
	}
	environment := ""
	if len(os.Args) > 2 {
		environment = os.Args[2]
	}
	if err := run(os.Args[1], environment); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	fmt.Println("ok")
}

func run(address, wanted string) error {
	count, err := checkVectors(vectors)
	if err != nil {
		return err
	}
	fmt.Printf("%d published values agree\n", count)
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	catalog := v1.NewCatalogServiceClient(connection)
	listed, err := catalog.ListEnvironments(ctx, &v1.ListEnvironmentsRequest{}, grpc.WaitForReady(true))
	if err != nil {
		return err
	}
	for _, environment := range listed.Environments {
		if wanted == "" || environment.Name == wanted {
			return play(ctx, catalog, v1.NewEnvironmentServiceClient(connection), environment)
		}
	}
	return fmt.Errorf("no environment %q is served", wanted)
}

func play(ctx context.Context, catalog v1.CatalogServiceClient, service v1.EnvironmentServiceClient, environment *v1.Environment) error {
	sampled, err := catalog.SampleTasks(ctx, &v1.SampleTasksRequest{
		Environment: environment.Name, Split: environment.Splits[0].Name, Seed: 1, Count: 1,
	})
	if err != nil {
		return err
	}
	task := sampled.Tasks[0]
	fmt.Printf("task %s: %s\n", task.TaskId, task.Title)
	leaseID := rand.Text()
	created, err := service.CreateGroups(ctx, &v1.CreateGroupsRequest{
		RequestId: rand.Text(), LeaseId: leaseID, Environment: environment.Name,
		Groups: []*v1.GroupSpec{{
			GroupKey: "g", Task: &v1.GroupSpec_TaskId{TaskId: task.TaskId}, Seed: 7, ReplicaCount: 2,
		}},
	})
	if err != nil {
		return err
	}
	group := created.Results[0].GetGroup()
	if group == nil {
		return fmt.Errorf("the group was refused: %s", created.Results[0].GetStatus().GetMessage())
	}
	defer service.CloseSessions(ctx, &v1.CloseSessionsRequest{GroupIds: []string{group.GroupId}})
	steps, err := step(ctx, service, group)
	if err != nil {
		return err
	}
	if environment.ForkMode == v1.ForkMode_FORK_MODE_UNSUPPORTED {
		fmt.Println("no fork: the server offers none")
		return nil
	}
	return fork(ctx, service, leaseID, group.Sessions[0], steps)
}

func step(ctx context.Context, service v1.EnvironmentServiceClient, group *v1.Group) ([]*v1.StepItem, error) {
	session, outcome := group.Sessions[0], group.Initial
	spaces := map[string][]string{}
	checked, err := checkObservations(outcome)
	if err != nil {
		return nil, err
	}
	var steps []*v1.StepItem
	for len(outcome.ActingAgents) > 0 && len(steps) < 6 {
		item := &v1.StepItem{
			SessionId: session.SessionId, Epoch: session.Epoch, Seq: outcome.Seq + 1,
			Actions: chooseActions(outcome, spaces, len(steps)),
		}
		next, err := stepOne(ctx, service, item)
		if err != nil {
			return nil, err
		}
		again, err := stepOne(ctx, service, item)
		if err != nil {
			return nil, err
		}
		if !again.Replayed || !bytes.Equal(again.FullStateHash, next.FullStateHash) {
			return nil, fmt.Errorf("step %d had an effect twice", item.Seq)
		}
		outcome = next
		steps = append(steps, item)
		more, err := checkObservations(outcome)
		if err != nil {
			return nil, err
		}
		checked += more
	}
	fmt.Printf("stepped %d times, each sent twice; %d observation hashes recomputed\n", len(steps), checked)
	return steps, nil
}

func stepOne(ctx context.Context, service v1.EnvironmentServiceClient, item *v1.StepItem) (*v1.Outcome, error) {
	answer, err := service.Step(ctx, &v1.StepRequest{Items: []*v1.StepItem{item}})
	if err != nil {
		return nil, err
	}
	outcome := answer.Results[0].GetOutcome()
	if outcome == nil {
		return nil, fmt.Errorf("step %d was refused: %s", item.Seq, answer.Results[0].GetStatus().GetMessage())
	}
	return outcome, nil
}

// chooseActions takes a listed action of each acting agent, the next one of its list each turn.
func chooseActions(outcome *v1.Outcome, spaces map[string][]string, turn int) []*v1.AgentAction {
	for _, agent := range outcome.Agents {
		if agent.ActionSpace != nil && !agent.ActionSpace.Unchanged {
			spaces[agent.AgentId] = agent.ActionSpace.Admissible
		}
	}
	var actions []*v1.AgentAction
	for _, agentID := range outcome.ActingAgents {
		text := "look"
		if listed := spaces[agentID]; len(listed) > 0 {
			text = listed[turn%len(listed)]
		}
		actions = append(actions, &v1.AgentAction{AgentId: agentID, Action: &v1.AgentAction_Text{Text: text}})
	}
	return actions
}

// checkObservations recomputes the hash of every text observation.
func checkObservations(outcome *v1.Outcome) (int, error) {
	count := 0
	for _, agent := range outcome.Agents {
		if agent.Observation == nil {
			continue
		}
		var texts []string
		for _, block := range agent.Observation.Blocks {
			texts = append(texts, block.GetText())
		}
		if agent.Anchor != "" {
			texts = []string{agent.Anchor}
		}
		hash, err := observationHash(texts)
		if err != nil {
			return 0, err
		}
		if !bytes.Equal(hash, agent.ObservationHash) {
			return 0, fmt.Errorf("the observation hash of seq %d differs", outcome.Seq)
		}
		count++
	}
	return count, nil
}

// fork makes a child before the last step and takes that step in it: it must come out as it did in the parent.
func fork(ctx context.Context, service v1.EnvironmentServiceClient, leaseID string, session *v1.Session, steps []*v1.StepItem) error {
	last := steps[len(steps)-1]
	answer, err := service.Fork(ctx, &v1.ForkRequest{
		RequestId: rand.Text(), LeaseId: leaseID,
		Items: []*v1.ForkItem{{SessionId: session.SessionId, Epoch: session.Epoch, AtSeq: proto.Uint32(last.Seq - 1), Count: 1}},
	})
	if err != nil {
		return err
	}
	forked := answer.Results[0].GetForked()
	if forked == nil {
		return fmt.Errorf("the fork was refused: %s", answer.Results[0].GetStatus().GetMessage())
	}
	child := forked.Sessions[0]
	if child.NextSeq != last.Seq {
		return fmt.Errorf("the child's next step is %d, not %d", child.NextSeq, last.Seq)
	}
	inChild, err := stepOne(ctx, service, &v1.StepItem{SessionId: child.SessionId, Epoch: child.Epoch, Seq: last.Seq, Actions: last.Actions})
	if err != nil {
		return err
	}
	inParent, err := stepOne(ctx, service, last)
	if err != nil {
		return err
	}
	if !bytes.Equal(inChild.FullStateHash, inParent.FullStateHash) {
		return fmt.Errorf("the same step gave another state in the fork")
	}
	fmt.Printf("forked at seq %d; the child's step %d gave the parent's state\n", last.Seq-1, last.Seq)
	return nil
}
