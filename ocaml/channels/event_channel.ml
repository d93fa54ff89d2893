(* A request is a question to the state, with the channel for its reply. *)
type 'a request =
  | Ask : ('a state -> 'reply) * 'reply Event.channel -> 'a request

and 'a state = {
  queue : 'a Queue.t;
  mutable senders : int;
  mutable running : bool;
}

(* [refusal] and [ending] are offered for ever once the channel is closed
   (and, for [ending], drained). At capacity 0 [input] and [output] are one
   channel, on which the server offers nothing. *)
type 'a ports = {
  capacity : int;
  input : 'a Event.channel;
  output : 'a Event.channel;
  refusal : unit Event.channel;
  ending : unit Event.channel;
  requests : 'a request Event.channel;
  closed : bool Atomic.t;
  stopped : bool Atomic.t;
  under_way : int Atomic.t;
}

type 'a t = { ports : 'a ports; server : Thread.t }

(* The server *)

let answer (state : 'a state) (Ask (question, reply)) =
  Event.sync (Event.send reply (question state))

let requests ports state =
  Event.wrap (Event.receive ports.requests) (answer state)

let inputs ports state =
  if Queue.length state.queue < ports.capacity then
    [ Event.wrap (Event.receive ports.input) (fun x ->
          Queue.add x state.queue) ]
  else []

let outputs ports state =
  match Queue.peek_opt state.queue with
  | Some front ->
      [ Event.wrap (Event.send ports.output front) (fun () ->
            ignore (Queue.pop state.queue)) ]
  | None -> []

let refusals ports = [ Event.send ports.refusal () ]

let endings ports state =
  if Queue.is_empty state.queue then [ Event.send ports.ending () ] else []

let offers ports state =
  requests ports state
  :: outputs ports state
  @
  if Atomic.get ports.closed then refusals ports @ endings ports state
  else inputs ports state

(* After the stop those are served that wait, which a poll does see, and those
   that began before the stop and are about to wait. *)
let rec dismiss ports state =
  match Event.poll (Event.choose (offers ports state)) with
  | Some () -> dismiss ports state
  | None when Atomic.get ports.under_way > 0 ->
      Thread.yield ();
      dismiss ports state
  | None -> ()

let rec serve ports state =
  Event.select (offers ports state);
  if state.running then serve ports state else dismiss ports state

let create ?(capacity = max_int) () =
  if capacity < 0 then
    invalid_arg
      (Printf.sprintf
         "Event_channel.create: capacity is %d, expected 0 (a rendezvous) or \
          more" capacity);
  let input = Event.new_channel () in
  let ports =
    { capacity;
      input;
      output = (if capacity = 0 then input else Event.new_channel ());
      refusal = Event.new_channel ();
      ending = Event.new_channel ();
      requests = Event.new_channel ();
      closed = Atomic.make false;
      stopped = Atomic.make false;
      under_way = Atomic.make 0 }
  in
  let state = { queue = Queue.create (); senders = 0; running = true } in
  { ports; server = Thread.create (serve ports) state }

(* Sending and receiving *)

(* Without the look at [closed] two parties could still meet at capacity 0
   after the close, in a moment when the server is busy. *)
let send_event { ports; _ } x =
  Event.guard (fun () ->
      if Atomic.get ports.closed then Event.always (Error x)
      else
        Event.choose
          [ Event.wrap (Event.send ports.input x) (fun () -> Ok ());
            Event.wrap (Event.receive ports.refusal) (fun () -> Error x) ])

let drained ports =
  Atomic.get ports.stopped || (ports.capacity = 0 && Atomic.get ports.closed)

let receive_event { ports; _ } =
  Event.guard (fun () ->
      if drained ports then Event.always None
      else
        Event.choose
          [ Event.wrap (Event.receive ports.output) Option.some;
            Event.wrap (Event.receive ports.ending) (fun () -> None) ])

(* Counted before it looks at [stopped], so that the server, which is stopped
   first and then looks at the count, does not leave before it. *)
let counted ports operation =
  Atomic.incr ports.under_way;
  Fun.protect operation ~finally:(fun () -> Atomic.decr ports.under_way)

let send t x = counted t.ports (fun () -> Event.sync (send_event t x))
let receive t = counted t.ports (fun () -> Event.sync (receive_event t))

let rec iter f t =
  match receive t with
  | Some x -> f x; iter f t
  | None -> ()

(* Questions to the server *)

let request ports question =
  let reply = Event.new_channel () in
  Event.sync (Event.send ports.requests (Ask (question, reply)));
  Event.sync (Event.receive reply)

let ask ports ~stopped question =
  counted ports (fun () ->
      if Atomic.get ports.stopped then stopped else request ports question)

(* At capacity 0 the partner must be waiting already: that is what a poll
   sees. At any other it is the server, and the server is asked. *)
let try_send { ports; _ } x =
  let put state =
    if Atomic.get ports.closed then Error (`Closed x)
    else if Queue.length state.queue = ports.capacity then Error (`Full x)
    else Ok (Queue.add x state.queue)
  in
  if ports.capacity > 0 then ask ports ~stopped:(Error (`Closed x)) put
  else if Atomic.get ports.closed then Error (`Closed x)
  else
    match Event.poll (Event.send ports.input x) with
    | Some () -> Ok ()
    | None -> Error (`Full x)

let try_receive { ports; _ } =
  let take state =
    match Queue.take_opt state.queue with
    | Some x -> Ok x
    | None -> Error (if Atomic.get ports.closed then `Closed else `Empty)
  in
  if ports.capacity > 0 then ask ports ~stopped:(Error `Closed) take
  else if Atomic.get ports.closed then Error `Closed
  else
    match Event.poll (Event.receive ports.output) with
    | Some x -> Ok x
    | None -> Error `Empty

(* Closing *)

let is_closed { ports; _ } = Atomic.get ports.closed

let close { ports; _ } =
  ask ports ~stopped:() (fun _ -> Atomic.set ports.closed true)

let shut ports state =
  Atomic.set ports.closed true;
  Queue.clear state.queue

let leave { ports; _ } = ask ports ~stopped:() (shut ports)

let open_sender { ports; _ } =
  ask ports ~stopped:() (fun state -> state.senders <- state.senders + 1)

let close_sender { ports; _ } =
  let less state =
    state.senders > 0
    && begin
         state.senders <- state.senders - 1;
         if state.senders = 0 then Atomic.set ports.closed true;
         true
       end
  in
  if not (ask ports ~stopped:true less) then
    invalid_arg "Event_channel.close_sender: no sender end is open"

let stop { ports; server } =
  if not (Atomic.exchange ports.stopped true) then begin
    request ports (fun state -> shut ports state; state.running <- false);
    Thread.join server
  end

let with_channel ?capacity f =
  let t = create ?capacity () in
  Fun.protect ~finally:(fun () -> stop t) (fun () -> f t)
