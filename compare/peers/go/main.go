// The runner of go/chan: it runs channel programs on the channels of Go.
//
// It speaks compare/programs/PROTOCOL.md on its standard input and output.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"sort"
	"strings"
	"time"
)

const (
	protocol = 1
	version  = "0.1.0"
	system   = "go/chan"
)

type request struct {
	ID       *int            `json:"id"`
	Op       string          `json:"op"`
	System   string          `json:"system"`
	Program  json.RawMessage `json:"program"`
	Runs     *int            `json:"runs"`
	Seed     *int64          `json:"seed"`
	Millis   *int            `json:"millis"`
	Attempts *int            `json:"attempts"`
	Schedule []step          `json:"schedule"`
	Probe    string          `json:"probe"`
}

// refused is a request that cannot be done.
type refused struct{ kind, message string }

func (r refused) Error() string { return r.message }

type answer map[string]any

func main() {
	in, out := bufio.NewReader(os.Stdin), bufio.NewWriter(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			told := reply(line)
			text, wrong := json.Marshal(told)
			if wrong != nil {
				fmt.Fprintln(os.Stderr, wrong)
				os.Exit(2)
			}
			out.Write(append(text, '\n'))
			if out.Flush() != nil || told["stopped"] == true {
				return
			}
		}
		if err == io.EOF {
			return
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

func reply(line []byte) answer {
	var asked request
	if err := json.Unmarshal(line, &asked); err != nil {
		return failed(nil, refused{"protocol", "expected a request as JSON: " + err.Error()})
	}
	if asked.ID == nil || asked.Op == "" {
		return failed(asked.ID, refused{"protocol", "expected an object with id and op"})
	}
	told, err := do(asked)
	if err != nil {
		return failed(asked.ID, err)
	}
	told["id"] = *asked.ID
	return told
}

func failed(id *int, err error) answer {
	kind := "exception"
	if r, ok := err.(refused); ok {
		kind = r.kind
	}
	return answer{"id": id, "error": answer{"kind": kind, "message": err.Error()}}
}

func do(asked request) (answer, error) {
	switch asked.Op {
	case "hello":
		return hello(), nil
	case "run":
		return runs(asked)
	case "steer":
		return steer(asked)
	case "probe":
		return probe(asked.Probe)
	case "stop":
		return answer{"stopped": true}, nil
	}
	return nil, refused{"protocol", fmt.Sprintf(
		"expected hello, run, steer, probe or stop, found %q", asked.Op)}
}

func hello() answer {
	return answer{
		"protocol": protocol, "runner": "go", "version": version, "probes": probeNames(),
		"systems": []answer{{
			"name": system, "version": strings.TrimPrefix(runtime.Version(), "go"),
			"driver": "threads", "time": "race", "steers": true,
			"dialect": answer{
				"fifo": "always", "hand_off": "always",
				"send_on_closed": "fails", "close_twice": "fails",
			},
			"widened": widened, "not": hasnt, "unavailable": nil,
		}},
	}
}

var widened = []answer{
	{"field": "send_on_closed", "why": "a send on a closed channel panics", "program": "close_try"},
	{"field": "close_twice", "why": "the second close panics", "program": "double_close_race"},
	{"field": "fifo", "why": "who waits longest is served first, at any capacity", "program": "bounded_no_turns"},
	{"field": "hand_off", "why": "a value goes straight to who waits, at any capacity", "program": "bounded_wake_race"},
}

func runs(asked request) (answer, error) {
	program, err := askedFor(asked)
	if err != nil {
		return nil, err
	}
	count, err := number("runs", asked.Runs, 1)
	if err != nil {
		return nil, err
	}
	millis, err := number("millis", asked.Millis, 0)
	if err != nil {
		return nil, err
	}
	if asked.Seed == nil {
		return nil, refused{"bad_input", "seed: expected a whole number"}
	}
	end := time.Now().Add(time.Duration(millis) * time.Millisecond)
	seen := seenOutcomes{}
	done := 0
	for done < count && (done == 0 || time.Now().Before(end)) {
		seed := *asked.Seed + int64(done)
		seen.add(runOnce(program, seed), seed)
		done++
	}
	return answer{"runs": done, "worn": false, "seen": seen.told()}, nil
}

func steer(asked request) (answer, error) {
	program, err := askedFor(asked)
	if err != nil {
		return nil, err
	}
	attempts, err := number("attempts", asked.Attempts, 1)
	if err != nil {
		return nil, err
	}
	if asked.Seed == nil {
		return nil, refused{"bad_input", "seed: expected a whole number"}
	}
	if err := checkSchedule(program, asked.Schedule); err != nil {
		return nil, err
	}
	seen, followed := seenOutcomes{}, false
	for i := 0; i < attempts && !followed; i++ {
		seed := *asked.Seed + int64(i)
		told, all := follow(program, asked.Schedule)
		seen.add(told, seed)
		followed = all
	}
	return answer{"followed": followed, "seen": seen.told()}, nil
}

func askedFor(asked request) (*Program, error) {
	if asked.System != system {
		return nil, refused{"unknown_system", fmt.Sprintf("expected %s, found %q", system, asked.System)}
	}
	program, err := read(asked.Program)
	if err != nil {
		return nil, refused{"bad_input", err.Error()}
	}
	return program, supported(program)
}

func number(name string, given *int, least int) (int, error) {
	if given == nil || *given < least {
		return 0, refused{"bad_input", fmt.Sprintf("%s: expected a whole number of at least %d", name, least)}
	}
	return *given, nil
}

// seenOutcomes counts outcomes, by their text.
type seenOutcomes map[string]answer

func (s seenOutcomes) add(told answer, seed int64) {
	text, err := json.Marshal(told)
	if err != nil {
		panic(err)
	}
	if s[string(text)] == nil {
		told["count"], told["seed"] = 0, seed
		s[string(text)] = told
	}
	entry := s[string(text)]
	entry["count"] = entry["count"].(int) + 1
}

func (s seenOutcomes) told() []answer {
	list := []answer{}
	for _, entry := range s {
		list = append(list, entry)
	}
	sort.Slice(list, func(i, j int) bool { return list[i]["seed"].(int64) < list[j]["seed"].(int64) })
	return list
}
