package main

// What Go's channels have not. Without kinds or ops, all of them.
type rule struct {
	Kinds []string `json:"kinds,omitempty"`
	Ops   []string `json:"ops,omitempty"`
	Why   string   `json:"why"`
}

var hasnt = []rule{
	{Kinds: []string{"unbounded"}, Why: "every channel has a capacity"},
	{Kinds: []string{"oneshot", "mvar", "watch", "broadcast"}, Why: "it has no such channel"},
	{Ops: []string{"drop_sender", "drop_receiver", "clone_sender", "clone_receiver"},
		Why: "it has no handles: all goroutines use the one channel"},
	{Ops: []string{"select_biased"}, Why: "select takes any of the arms that can go on"},
	{Ops: []string{"start_send", "start_recv", "cancel_send", "cancel_recv"},
		Why: "an operation that waits cannot be withdrawn"},
	{Ops: []string{"reserve", "fulfil", "release"}, Why: "places cannot be reserved"},
}

type need struct{ kind, op string }

func supported(program *Program) error {
	kinds := map[string]string{}
	for _, channel := range program.Channels {
		kinds[channel.Name] = channel.Kind
	}
	for _, process := range program.Processes {
		for _, op := range flat(process.Operations) {
			for _, asked := range op.needs(kinds) {
				for _, rule := range hasnt {
					if matches(rule.Kinds, asked.kind) && matches(rule.Ops, asked.op) {
						return refused{"unsupported", rule.Why}
					}
				}
			}
		}
	}
	return noticed(program)
}

func matches(list []string, word string) bool {
	for _, one := range list {
		if one == word {
			return true
		}
	}
	return list == nil
}

// needs names the ops that an operation is made of, where a rule speaks of them.
func (op *Operation) needs(kinds map[string]string) []need {
	switch op.Op {
	case "drop", "clone":
		return []need{{kinds[op.Channel], op.Op + "_" + op.Side}}
	case "start":
		return []need{{kinds[op.Transfer.Channel], "start_" + op.Transfer.Do}}
	case "await", "cancel":
		return []need{{"", "cancel_recv"}}
	case "reserve", "fulfil", "release":
		return []need{{kinds[op.Channel], op.Op}}
	}
	var all []need
	for _, transfer := range op.transfers() {
		all = append(all, need{kinds[transfer.Channel], transfer.Do})
		if op.Biased {
			all = append(all, need{kinds[transfer.Channel], "select_biased"})
		}
	}
	return all
}

// noticed refuses what only handles could tell: that a side has nobody from
// the beginning, or only processes that have failed.
func noticed(program *Program) error {
	owners := map[string]map[string]bool{}
	causes := map[string]map[string]bool{}
	closes := closes(program)
	for _, process := range program.Processes {
		causes[process.Name] = map[string]bool{}
		for _, op := range flat(process.Operations) {
			for _, transfer := range op.transfers() {
				side := transfer.Channel + " " + transfer.Do
				if owners[side] == nil {
					owners[side] = map[string]bool{}
				}
				owners[side][process.Name] = true
			}
			op.causes(closes, causes[process.Name])
		}
	}
	for _, channel := range program.Channels {
		senders, receivers := owners[channel.Name+" send"], owners[channel.Name+" recv"]
		if (len(senders) == 0) != (len(receivers) == 0) {
			return refused{"unsupported", "a channel has nobody on one side, and nobody is told: it has no handles"}
		}
		fails := map[string]bool{}
		for name, why := range causes {
			// Who failed because this one was closed takes nothing more from it.
			fails[name] = len(why) > 1 || len(why) == 1 && !why[channel.Name]
		}
		if felt(senders, receivers, fails) || felt(receivers, senders, fails) {
			return refused{"unsupported", "a process may fail, and nobody is told: it has no handles to drop"}
		}
	}
	return nil
}

// closes counts by how many operations each channel is closed.
func closes(program *Program) map[string]int {
	count := map[string]int{}
	for _, process := range program.Processes {
		for _, op := range flat(process.Operations) {
			if op.Op == "close" {
				count[op.Channel]++
			}
		}
	}
	return count
}

// causes adds why an operation may fail its process: the channel that must
// have been closed for it, or "" if nothing must.
func (op *Operation) causes(closes map[string]int, found map[string]bool) {
	if op.Op == "close" && closes[op.Channel] > 1 {
		found[op.Channel] = true
	}
	for _, transfer := range op.transfers() {
		binds := transfer.Do == "recv" && transfer.Bind != nil && op.Op != "each"
		if binds && (op.Op == "try" || op.Within != nil) {
			found[""] = true
		}
		if closes[transfer.Channel] > 0 && (transfer.Do == "send" || binds) {
			found[transfer.Channel] = true
		}
	}
}

// felt tells whether all of one side may fail while somebody else is there.
func felt(side, other, fails map[string]bool) bool {
	for name := range side {
		if !fails[name] {
			return false
		}
	}
	for name := range other {
		if len(side) > 1 || !side[name] {
			return len(side) > 0
		}
	}
	return false
}
