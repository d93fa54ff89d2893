package main

import (
	"fmt"
	"math/rand"
	"reflect"
	"runtime"
	"sync/atomic"
	"time"
)

// One unit of the clock, in real time; where a schedule is followed no
// deadline may strike before its turn.
const unit, steeredUnit = 2 * time.Millisecond, 20 * time.Millisecond

type state string

const (
	idle    state = "idle"
	between state = "between"
	atGate  state = "gate"
	at      state = "at"
	ended   state = "ended"
)

// A place is where a process stands, for whoever watches it.
type place struct {
	state state
	// Of the operation that it stands before or is in.
	number int
	// Whether that ends with the time.
	deadline bool
	// How many operations it has begun; it tells two looks apart.
	begun int
}

// A worker does what one process has to do, in a goroutine.
type worker struct {
	run       *run
	process   *Process
	dice      *rand.Rand
	place     atomic.Value // of place
	goroutine atomic.Value // of string: its number in a dump
	values    map[string]int64
	log       []string
	end       string
	done      chan struct{}
	gate      chan struct{}
}

// A run of a program.
type run struct {
	program  *Program
	channels map[string]chan int64
	workers  map[string]*worker
	jitter   float64
	unit     time.Duration
	steered  atomic.Bool
	// Set when the outcome is known: who is woken after that goes away.
	over     atomic.Bool
	finished chan struct{}
}

// A failure ends a process, and says why.
type failure string

// gone ends a goroutine of a run that is over.
type gone struct{}

func newRun(program *Program, seed int64) *run {
	r := &run{program: program, channels: map[string]chan int64{}, workers: map[string]*worker{}, finished: make(chan struct{}), unit: unit}
	dice := rand.New(rand.NewSource(seed))
	r.jitter = []float64{0, 0.3, 0.7}[dice.Intn(3)]
	for _, channel := range program.Channels {
		capacity := 0
		if channel.Capacity != nil {
			capacity = *channel.Capacity
		}
		r.channels[channel.Name] = make(chan int64, capacity)
	}
	for i := range program.Processes {
		w := &worker{
			run: r, process: &program.Processes[i], dice: rand.New(rand.NewSource(dice.Int63())),
			values: map[string]int64{}, log: []string{},
			done: make(chan struct{}), gate: make(chan struct{}),
		}
		w.place.Store(place{state: idle})
		w.goroutine.Store("")
		r.workers[w.process.Name] = w
	}
	return r
}

// begin starts the processes that no other one spawns.
func (r *run) begin(seed int64) {
	for _, i := range rand.New(rand.NewSource(seed)).Perm(len(r.program.Processes)) {
		name := r.program.Processes[i].Name
		if !r.program.spawned[name] {
			r.spawn(name)
		}
	}
}

func (r *run) spawn(name string) {
	w := r.workers[name]
	w.place.Store(place{state: between})
	go w.main()
}

func (w *worker) main() {
	w.goroutine.Store(ownNumber())
	defer close(w.done)
	defer w.ends()
	w.body(w.process.Operations)
	w.end = "done"
}

// ends notes how the process came to its end.
func (w *worker) ends() {
	switch why := recover().(type) {
	case nil:
	case gone:
		return
	case failure:
		w.end = "failed: " + string(why)
	case runtime.Error:
		w.end = "failed: " + panicked(why)
	default:
		w.end = fmt.Sprintf("failed: panic: %v", why)
	}
	w.stand(ended, false)
}

// panicked names the panics of channels as the meaning does.
func panicked(why runtime.Error) string {
	switch why.Error() {
	case "send on closed channel":
		return "send on closed"
	case "close of closed channel":
		return "closed twice"
	}
	return "panic: " + why.Error()
}

func (w *worker) stand(state state, deadline bool) {
	now := w.place.Load().(place)
	now.state, now.deadline = state, deadline
	if state == at {
		now.begun++
	}
	w.place.Store(now)
}

func (w *worker) body(operations []*Operation) {
	for _, op := range operations {
		switch op.Op {
		case "repeat":
			for i := 0; i < op.Times; i++ {
				w.body(op.Body)
			}
		case "each":
			w.each(op)
		default:
			w.arrive(op)
			w.one(op)
			w.leave()
		}
	}
}

// each receives as a range over the channel does.
func (w *worker) each(op *Operation) {
	for {
		w.arrive(op)
		value, open := <-w.run.channels[op.Channel]
		if !open {
			w.leave()
			return
		}
		w.told("", fmt.Sprint(value))
		if op.Bind != nil {
			w.values[*op.Bind] = value
		}
		w.leave()
		w.body(op.Body)
	}
}

// arrive lets others go first, or waits until the gate opens.
func (w *worker) arrive(op *Operation) {
	now := w.place.Load().(place)
	now.number = op.number
	w.place.Store(now)
	if w.run.steered.Load() {
		w.stand(atGate, false)
		select {
		case <-w.gate:
		case <-w.run.finished:
		}
	} else if w.dice.Float64() < w.run.jitter {
		w.pause()
	}
	w.goOn()
	w.stand(at, op.Op == "sleep" || op.Within != nil || op.After != nil)
}

func (w *worker) leave() {
	w.goOn()
	w.stand(between, false)
}

func (w *worker) goOn() {
	if w.run.over.Load() {
		panic(gone{})
	}
}

func (w *worker) pause() {
	if micros := []int{0, 0, 5, 50, 300}[w.dice.Intn(5)]; micros > 0 {
		time.Sleep(time.Duration(micros) * time.Microsecond)
	}
	for i := w.dice.Intn(4); i > 0; i-- {
		runtime.Gosched()
	}
}

// told adds a result to the log, unless the run is over.
func (w *worker) told(arm, result string) {
	w.goOn()
	w.log = append(w.log, arm+result)
}

func (w *worker) one(op *Operation) {
	switch op.Op {
	case "wait":
		w.wait(op)
	case "try":
		w.choose([]*Transfer{op.Transfer}, false, map[string]string{"send": "full", "recv": "empty"}[op.Transfer.Do], nil)
	case "select":
		none := ""
		if op.Default {
			none = "default"
		}
		w.choose(op.Arms, true, none, op.After)
	case "close":
		close(w.run.channels[op.Channel])
		w.told("", "closed")
	case "sleep":
		time.Sleep(time.Duration(op.Duration) * w.run.unit)
	case "spawn":
		w.run.spawn(op.Process)
	case "join":
		select {
		case <-w.run.workers[op.Process].done:
		case <-w.run.finished:
		}
	default:
		panic(fmt.Sprintf("the operation %q is not known", op.Op))
	}
}

// wait sends or receives by the plain operation, where that has no deadline.
func (w *worker) wait(op *Operation) {
	channel := w.run.channels[op.Transfer.Channel]
	switch {
	case op.Within != nil:
		w.choose([]*Transfer{op.Transfer}, false, "", op.Within)
	case op.Transfer.Do == "send":
		channel <- w.value(op.Transfer.Value)
		w.told("", "sent")
	default:
		value, open := <-channel
		w.received("", op.Transfer, value, open)
	}
}

// choose is a select; its arms are numbered if it is one in the text. With
// none it does not wait; with after it waits so long, from when no arm could
// go on at its arrival.
func (w *worker) choose(arms []*Transfer, numbered bool, none string, after *int) {
	cases := make([]reflect.SelectCase, len(arms))
	for i, arm := range arms {
		cases[i] = w.arm(arm)
	}
	if none != "" || after != nil {
		chosen, value, open := reflect.Select(append(cases, reflect.SelectCase{Dir: reflect.SelectDefault}))
		if chosen < len(arms) {
			w.taken(arms, numbered, chosen, value, open)
			return
		}
		if none != "" {
			w.none(arms, numbered, none)
			return
		}
		timer := time.NewTimer(time.Duration(*after) * w.run.unit)
		defer timer.Stop()
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(timer.C)})
	}
	chosen, value, open := reflect.Select(cases)
	if chosen == len(arms) {
		w.none(arms, numbered, "timeout")
		return
	}
	w.taken(arms, numbered, chosen, value, open)
}

func (w *worker) arm(arm *Transfer) reflect.SelectCase {
	channel := reflect.ValueOf(w.run.channels[arm.Channel])
	if arm.Do == "send" {
		return reflect.SelectCase{Dir: reflect.SelectSend, Chan: channel, Send: reflect.ValueOf(w.value(arm.Value))}
	}
	return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: channel}
}

func (w *worker) taken(arms []*Transfer, numbered bool, chosen int, value reflect.Value, open bool) {
	arm := ""
	if numbered {
		arm = fmt.Sprintf("%d:", chosen+1)
	}
	if arms[chosen].Do == "send" {
		w.told(arm, "sent")
		return
	}
	number := int64(0)
	if open {
		number = value.Int()
	}
	w.received(arm, arms[chosen], number, open)
}

// none tells that no arm was taken; an operation that would bind then fails.
func (w *worker) none(arms []*Transfer, numbered bool, result string) {
	w.told("", result)
	if !numbered && arms[0].Bind != nil {
		panic(failure("no value"))
	}
}

func (w *worker) received(arm string, transfer *Transfer, value int64, open bool) {
	if !open {
		w.told(arm, "closed")
		if transfer.Bind != nil {
			panic(failure("no value"))
		}
		return
	}
	w.told(arm, fmt.Sprint(value))
	if transfer.Bind != nil {
		w.values[*transfer.Bind] = value
	}
}

func (w *worker) value(value *Value) int64 {
	if value.name == "" {
		return value.number
	}
	bound, there := w.values[value.name]
	if !there {
		panic(failure("no value"))
	}
	return bound
}
