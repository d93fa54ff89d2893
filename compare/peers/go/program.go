package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Program is a channel program, as compare/schema/program.schema.json has it.
type Program struct {
	Name      string    `json:"name"`
	Shows     string    `json:"shows"`
	Channels  []Channel `json:"channels"`
	Processes []Process `json:"processes"`
	Observe   []string  `json:"observe"`
	spawned   map[string]bool
}

type Channel struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Capacity *int   `json:"capacity"`
}

type Process struct {
	Name       string       `json:"name"`
	Operations []*Operation `json:"operations"`
}

// Operation is any operation; which fields it has depends on Op.
type Operation struct {
	Op       string       `json:"op"`
	Transfer *Transfer    `json:"transfer"`
	Within   *int         `json:"within"`
	Arms     []*Transfer  `json:"arms"`
	After    *int         `json:"after"`
	Biased   bool         `json:"biased"`
	Default  bool         `json:"default"`
	Channel  string       `json:"channel"`
	Bind     *string      `json:"bind"`
	Body     []*Operation `json:"body"`
	Times    int          `json:"times"`
	Side     string       `json:"side"`
	Future   string       `json:"future"`
	Permit   string       `json:"permit"`
	Value    *Value       `json:"value"`
	Duration int          `json:"duration"`
	Process  string       `json:"process"`
	// Its number in the text, from 1.
	number int
}

// Transfer is a send or a receive.
type Transfer struct {
	Do      string  `json:"do"`
	Channel string  `json:"channel"`
	Value   *Value  `json:"value"`
	Bind    *string `json:"bind"`
}

// Value is a number, or the name of one.
type Value struct {
	number int64
	name   string
}

func (v *Value) UnmarshalJSON(text []byte) error {
	if json.Unmarshal(text, &v.number) == nil {
		return nil
	}
	if json.Unmarshal(text, &v.name) == nil && v.name != "" {
		return nil
	}
	return fmt.Errorf("expected a number or a name, found %s", text)
}

func read(given json.RawMessage) (*Program, error) {
	program := &Program{spawned: map[string]bool{}}
	decoder := json.NewDecoder(bytes.NewReader(given))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(program); err != nil {
		return nil, fmt.Errorf("program: %w", err)
	}
	if len(program.Processes) == 0 {
		return nil, fmt.Errorf("program: expected at least one process")
	}
	if len(program.Observe) == 0 {
		for _, process := range program.Processes {
			program.Observe = append(program.Observe, process.Name)
		}
	}
	return program, check(program)
}

func check(program *Program) error {
	channels, processes := map[string]bool{}, map[string]bool{}
	for _, channel := range program.Channels {
		if channels[channel.Name] {
			return fmt.Errorf("channel %s: it is there already", channel.Name)
		}
		channels[channel.Name] = true
		if channel.Kind == "bounded" && (channel.Capacity == nil || *channel.Capacity < 1) {
			return fmt.Errorf("channel %s: expected a capacity of at least 1", channel.Name)
		}
	}
	for _, process := range program.Processes {
		if processes[process.Name] {
			return fmt.Errorf("process %s: it is there already", process.Name)
		}
		processes[process.Name] = true
	}
	for _, name := range program.Observe {
		if !processes[name] {
			return fmt.Errorf("observe: no process is called %q", name)
		}
	}
	for _, process := range program.Processes {
		count := 0
		numbered(process.Operations, &count)
		for _, op := range flat(process.Operations) {
			if err := checkOperation(program, op, channels, processes); err != nil {
				return fmt.Errorf("process %s, operation %d: %w", process.Name, op.number, err)
			}
		}
	}
	return nil
}

// The fields without which an operation is nothing.
func checkOperation(program *Program, op *Operation, channels, processes map[string]bool) error {
	switch op.Op {
	case "wait", "try", "start":
		if op.Transfer == nil {
			return fmt.Errorf("expected a transfer")
		}
	case "select":
		if len(op.Arms) == 0 {
			return fmt.Errorf("expected arms")
		}
	case "repeat":
		if op.Times < 1 {
			return fmt.Errorf("times: expected at least 1")
		}
	case "spawn", "join":
		if !processes[op.Process] {
			return fmt.Errorf("no process is called %q", op.Process)
		}
		if op.Op == "spawn" {
			program.spawned[op.Process] = true
		}
	case "each", "close", "drop", "clone", "reserve":
		if !channels[op.Channel] {
			return fmt.Errorf("no channel is called %q", op.Channel)
		}
	case "await", "cancel", "fulfil", "release", "sleep":
	default:
		return fmt.Errorf("no operation is called %q", op.Op)
	}
	for _, transfer := range op.transfers() {
		if !channels[transfer.Channel] {
			return fmt.Errorf("no channel is called %q", transfer.Channel)
		}
		if transfer.Do != "recv" && (transfer.Do != "send" || transfer.Value == nil) {
			return fmt.Errorf("expected a recv, or a send with a value")
		}
	}
	return nil
}

func numbered(operations []*Operation, count *int) {
	for _, op := range operations {
		*count++
		op.number = *count
		numbered(op.Body, count)
	}
}

// flat lists operations and those of their bodies.
func flat(operations []*Operation) []*Operation {
	var all []*Operation
	for _, op := range operations {
		all = append(append(all, op), flat(op.Body)...)
	}
	return all
}

// transfers lists what an operation itself sends and receives.
func (op *Operation) transfers() []*Transfer {
	switch {
	case op.Transfer != nil:
		return []*Transfer{op.Transfer}
	case op.Op == "each":
		return []*Transfer{{Do: "recv", Channel: op.Channel, Bind: op.Bind}}
	}
	return op.Arms
}
