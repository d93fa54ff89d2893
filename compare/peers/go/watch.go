package main

import (
	"bytes"
	"fmt"
	"regexp"
	"runtime"
	"time"
)

const (
	// Between two looks.
	look = time.Millisecond
	// How long a run may take beyond its deadlines before it is given up.
	patience = 2 * time.Second
)

// The states of a goroutine that only another one can wake, as a dump of all
// goroutines tells them; "sleep" is not among them.
var waiting = map[string]bool{
	"chan send": true, "chan receive": true, "select": true,
}

var headings = regexp.MustCompile(`(?m)^goroutine (\d+) \[([^\],]+)[^\]]*\]:$`)

// ownNumber is that of the goroutine that asks.
func ownNumber() string {
	buffer := make([]byte, 64)
	buffer = buffer[:runtime.Stack(buffer, false)]
	return string(bytes.Fields(buffer)[1])
}

// goroutines tells the state of each, by its number. The world is stopped
// meanwhile, so that all are told as of the same moment.
func goroutines() map[string]string {
	size := 1 << 16
	for {
		buffer := make([]byte, size)
		length := runtime.Stack(buffer, true)
		if length < size {
			states := map[string]string{}
			for _, found := range headings.FindAllSubmatch(buffer[:length], -1) {
				states[string(found[1])] = string(found[2])
			}
			return states
		}
		size *= 2
	}
}

func runOnce(program *Program, seed int64) answer {
	r := newRun(program, seed)
	r.begin(seed)
	return r.watch()
}

// watch waits until everybody has ended or is known to wait, and tells the
// outcome.
func (r *run) watch() answer {
	giveUp := time.Now().Add(patience + r.longest())
	before := map[string]place{}
	for {
		now, rests := r.look()
		if rests && same(before, now) {
			return r.outcome(now, true)
		}
		if time.Now().After(giveUp) {
			return r.outcome(now, false)
		}
		before = now
		if !rests || len(now) > 0 {
			r.sleep(now)
		}
	}
}

// sleep waits for the next look, or until somebody who stands nowhere ends.
func (r *run) sleep(now map[string]place) {
	for name, place := range now {
		if place.state != ended && place.state != idle {
			select {
			case <-r.workers[name].done:
			case <-time.After(look):
			}
			return
		}
	}
}

// look tells where everybody stands, and whether all rest: that somebody who
// has not ended waits in an operation without a deadline.
func (r *run) look() (map[string]place, bool) {
	now := map[string]place{}
	for name, w := range r.workers {
		now[name] = w.place.Load().(place)
	}
	states, rests := goroutines(), true
	for name, place := range now {
		if place.state != ended && place.state != idle {
			rests = rests && place.state == at && !place.deadline && r.waits(name, states)
		}
	}
	return now, rests
}

// waits tells whether the goroutine of a process waits for another one.
func (r *run) waits(name string, states map[string]string) bool {
	return waiting[states[r.workers[name].goroutine.Load().(string)]]
}

func same(before, now map[string]place) bool {
	if len(before) != len(now) {
		return false
	}
	for name, place := range now {
		if before[name] != place {
			return false
		}
	}
	return true
}

// outcome tells what a run has come to, and lets go of what is left of it.
func (r *run) outcome(now map[string]place, rested bool) answer {
	processes, waits := answer{}, answer{}
	for name, place := range now {
		if rested && place.state == at {
			waits[name] = place.number
		}
	}
	for _, name := range r.program.Observe {
		w, place := r.workers[name], now[name]
		switch {
		case place.state == ended:
			processes[name] = answer{"log": w.log, "end": w.end}
		case place.state == idle:
			processes[name] = answer{"log": []string{}, "end": "idle"}
		case rested:
			processes[name] = answer{"log": w.log, "end": fmt.Sprintf("waits at %d", place.number)}
		default:
			// Its log may be written to at any time.
			processes[name] = answer{"log": []string{}, "end": fmt.Sprintf("running at %d", place.number)}
		}
	}
	r.release()
	return answer{"outcome": processes, "waiting": waits}
}

// release wakes whoever waits; they see that the run is over and go away.
func (r *run) release() {
	r.over.Store(true)
	for _, channel := range r.channels {
		closeAnyway(channel)
	}
	close(r.finished)
}

// closeAnyway closes a channel that may be closed.
func closeAnyway(channel chan int64) {
	defer func() {
		if why := recover(); why != nil && fmt.Sprint(why) != "close of closed channel" {
			panic(why)
		}
	}()
	close(channel)
}

// longest is a bound for what all deadlines of a program take.
func (r *run) longest() time.Duration {
	units := 0
	for _, process := range r.program.Processes {
		for _, op := range flat(process.Operations) {
			units += op.Duration
			for _, deadline := range []*int{op.Within, op.After} {
				if deadline != nil {
					units += *deadline
				}
			}
		}
	}
	if longest := time.Duration(units) * r.unit; longest < 8*time.Second {
		return longest
	}
	return 8 * time.Second
}
