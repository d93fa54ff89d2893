package main

import (
	"fmt"
	"sort"
	"time"
)

// Small fixed programs for what channel programs cannot say.
var probes = map[string]func() answer{
	"go/nil_channel":          nilChannel,
	"go/close_nil":            func() answer { return panics(func() { var c chan int; close(c) }) },
	"go/close_twice":          func() answer { c := make(chan int); close(c); return panics(func() { close(c) }) },
	"go/send_on_closed":       func() answer { c := make(chan int, 1); close(c); return panics(func() { c <- 1 }) },
	"go/receive_on_closed":    receiveOnClosed,
	"go/select_expired_timer": expiredTimer,
	"go/select_closed_arm":    closedArm,
}

func probeNames() []string {
	names := []string{}
	for name := range probes {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

func probe(name string) (answer, error) {
	if probes[name] == nil {
		return nil, refused{"unknown_probe", fmt.Sprintf("expected one of %v, found %q", probeNames(), name)}
	}
	return answer{"facts": probes[name]()}, nil
}

// nilChannel tells how a dump names those that wait at a nil channel for ever.
func nilChannel() answer {
	var c chan int
	return answer{
		"send":    stateOf(func() { c <- 1 }),
		"receive": stateOf(func() { <-c }),
	}
}

// stateOf tells the state of a goroutine that has begun to wait.
func stateOf(do func()) string {
	number := make(chan string)
	go func() {
		number <- ownNumber()
		do()
	}()
	own := <-number
	for i := 0; i < 1000; i++ {
		if state := goroutines()[own]; state != "runnable" && state != "running" {
			return state
		}
		time.Sleep(look)
	}
	return "running"
}

func panics(do func()) (told answer) {
	told = answer{"panic": nil}
	defer func() {
		if why := recover(); why != nil {
			told["panic"] = fmt.Sprint(why)
		}
	}()
	do()
	return told
}

// receiveOnClosed drains a closed channel, and goes on receiving.
func receiveOnClosed() answer {
	c := make(chan int, 1)
	c <- 7
	close(c)
	first, firstOpen := <-c
	second, secondOpen := <-c
	return answer{"first": []any{first, firstOpen}, "second": []any{second, secondOpen}}
}

// expiredTimer selects between a value that is there and a time that is over.
func expiredTimer() answer {
	values, timeouts := 0, 0
	for i := 0; i < 1000; i++ {
		c, expired := make(chan int, 1), make(chan time.Time, 1)
		c <- 1
		expired <- time.Now()
		select {
		case <-c:
			values++
		case <-expired:
			timeouts++
		}
	}
	return answer{"values": values, "timeouts": timeouts, "of": 1000}
}

// closedArm selects between a closed channel and one with a value.
func closedArm() answer {
	closedFirst := 0
	for i := 0; i < 1000; i++ {
		c, d := make(chan int), make(chan int, 1)
		close(c)
		d <- 1
		select {
		case <-c:
			closedFirst++
		case <-d:
		}
	}
	return answer{"closed": closedFirst, "of": 1000}
}
