package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// A step of a schedule, as the engine's witnesses have it.
type step struct {
	Process *string         `json:"process"`
	What    json.RawMessage `json:"what"`
	Number  int             `json:"number"`
	// What each process logged in this step.
	Logged [][2]string `json:"logged"`
}

// kind is does, waits, completes, strikes or clock.
func (s step) kind() string {
	name, clock := "", struct {
		Clock *int `json:"clock"`
	}{}
	if json.Unmarshal(s.What, &name) == nil {
		return name
	}
	if json.Unmarshal(s.What, &clock) == nil && clock.Clock != nil {
		return "clock"
	}
	return string(s.What)
}

func checkSchedule(program *Program, schedule []step) error {
	names := map[string]bool{}
	for _, process := range program.Processes {
		names[process.Name] = true
	}
	for i, step := range schedule {
		switch step.kind() {
		case "clock":
			continue
		case "does", "waits", "completes", "strikes":
		default:
			return refused{"bad_input", fmt.Sprintf(
				"schedule, step %d: expected does, waits, completes, strikes or a clock, found %s", i, step.What)}
		}
		for _, one := range step.Logged {
			if !names[one[0]] {
				return refused{"bad_input", fmt.Sprintf("schedule, step %d: no process is called %q", i, one[0])}
			}
		}
		if step.Process == nil || !names[*step.Process] {
			return refused{"bad_input", fmt.Sprintf("schedule, step %d: expected a process of the program", i)}
		}
	}
	return nil
}

// follow runs a program in the order of a schedule; when it cannot, it opens
// all gates and lets it run.
func follow(program *Program, schedule []step) (answer, bool) {
	r := newRun(program, 0)
	r.jitter, r.unit = 0, steeredUnit
	r.steered.Store(true)
	r.begin(0)
	followed := true
	for _, step := range schedule {
		if step.kind() != "clock" && !r.do(step) {
			followed = false
			break
		}
	}
	r.steered.Store(false)
	opened := make(chan struct{})
	for _, w := range r.workers {
		go w.openFor(opened)
	}
	told := r.watch()
	close(opened)
	return told, followed
}

// openFor lets a worker through its gate until the run is over.
func (w *worker) openFor(over chan struct{}) {
	for {
		select {
		case w.gate <- struct{}{}:
		case <-over:
			return
		}
	}
}

// do has one step happen; it tells whether it did, with the same result.
func (r *run) do(step step) bool {
	if !r.happens(step) {
		return false
	}
	for _, one := range step.Logged {
		if w := r.workers[one[0]]; !r.until(w, passed) || !w.logged(one[1]) {
			return false
		}
	}
	return true
}

// logged tells whether this is the last result of a worker that stands still.
func (w *worker) logged(result string) bool {
	return len(w.log) > 0 && w.log[len(w.log)-1] == result
}

func (r *run) happens(step step) bool {
	w := r.workers[*step.Process]
	switch step.kind() {
	case "does", "waits":
		if !r.until(w, func(now place) bool { return now.state == atGate && now.number == step.Number }) {
			return false
		}
		begun := w.place.Load().(place).begun
		w.gate <- struct{}{}
		for w.place.Load().(place).begun == begun {
			time.Sleep(look / 20)
		}
		if step.kind() == "waits" {
			return r.until(w, func(now place) bool { return now.state == at && r.asleep(w) })
		}
		return r.until(w, passed)
	default:
		return r.until(w, passed)
	}
}

func passed(now place) bool { return now.state == atGate || now.state == ended }

// asleep tells whether a worker waits, and for what does not matter.
func (r *run) asleep(w *worker) bool {
	state := goroutines()[w.goroutine.Load().(string)]
	return waiting[state] || state == "sleep"
}

// until waits until a worker stands as wanted. It gives up when the worker
// has passed its operation otherwise, or waits in it without a deadline.
func (r *run) until(w *worker, wanted func(place) bool) bool {
	giveUp := time.Now().Add(patience/4 + r.longest())
	stuck := 0
	for time.Now().Before(giveUp) {
		before := w.place.Load().(place)
		if wanted(before) {
			return true
		}
		if before.state == at && !before.deadline && r.asleep(w) && w.place.Load().(place) == before {
			stuck++
		} else if passed(before) {
			return false
		} else {
			stuck = 0
		}
		if stuck > 2 {
			return false
		}
		time.Sleep(look / 5)
	}
	return false
}
