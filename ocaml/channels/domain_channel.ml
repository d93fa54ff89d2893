open Domains

(* Each request carries the channel for its reply, of capacity 1, so that the
   server never waits for the one who asked. [Send] and [Receive] may have to
   wait for their reply; [Ask], a question to the state, never does. *)
type 'a request =
  | Send of 'a * (unit, 'a) result Chan.t
  | Receive of 'a option Chan.t
  | Ask : ('a state -> 'reply) * 'reply Chan.t -> 'a request

and 'a state = {
  capacity : int;
  items : 'a Queue.t;
  senders : ('a * (unit, 'a) result Chan.t) Queue.t;
  receivers : 'a option Chan.t Queue.t;
  mutable sender_ends : int;
  mutable closed : bool;
  mutable running : bool;
}

type 'a t = {
  requests : 'a request Chan.t;
  stopped : bool Atomic.t;
  under_way : int Atomic.t;
  server : unit Domains.t;
}

(* The server *)

let try_put state x =
  if state.closed then Error (`Closed x)
  else
    match Queue.take_opt state.receivers with
    | Some reply -> Ok (Chan.send reply (Some x))
    | None when Queue.length state.items < state.capacity ->
        Ok (Queue.add x state.items)
    | None -> Error (`Full x)

(* The value of the sender that has waited longest, whose send is thereby
   done. *)
let accept_waiting state =
  match Queue.take_opt state.senders with
  | Some (x, reply) -> Chan.send reply (Ok ()); Some x
  | None -> None

let try_take state =
  match Queue.take_opt state.items with
  | Some x ->
      Option.iter (fun y -> Queue.add y state.items) (accept_waiting state);
      Ok x
  | None -> (
      match accept_waiting state with
      | Some x -> Ok x
      | None -> Error (if state.closed then `Closed else `Empty))

let shut state =
  state.closed <- true;
  Queue.iter (fun (x, reply) -> Chan.send reply (Error x)) state.senders;
  Queue.clear state.senders;
  Queue.iter (fun reply -> Chan.send reply None) state.receivers;
  Queue.clear state.receivers

let handle state = function
  | Ask (question, reply) -> Chan.send reply (question state)
  | Send (x, reply) -> (
      match try_put state x with
      | Ok () -> Chan.send reply (Ok ())
      | Error (`Closed x) -> Chan.send reply (Error x)
      | Error (`Full x) -> Queue.add (x, reply) state.senders)
  | Receive reply -> (
      match try_take state with
      | Ok x -> Chan.send reply (Some x)
      | Error `Closed -> Chan.send reply None
      | Error `Empty -> Queue.add reply state.receivers)

(* After the stop those requests are answered that had begun before it. *)
let rec dismiss requests under_way state =
  match Chan.recv_poll requests with
  | Some request -> handle state request; dismiss requests under_way state
  | None when Atomic.get under_way > 0 ->
      Thread.yield ();
      dismiss requests under_way state
  | None -> ()

let rec serve requests under_way state =
  handle state (Chan.recv requests);
  if state.running then serve requests under_way state
  else dismiss requests under_way state

let create ?(capacity = max_int) () =
  if capacity < 0 then
    invalid_arg
      (Printf.sprintf
         "Domain_channel.create: capacity is %d, expected 0 (a rendezvous) \
          or more" capacity);
  let requests = Chan.make_unbounded () in
  let state =
    { capacity;
      items = Queue.create ();
      senders = Queue.create ();
      receivers = Queue.create ();
      sender_ends = 0;
      closed = false;
      running = true }
  in
  let under_way = Atomic.make 0 in
  { requests;
    stopped = Atomic.make false;
    under_way;
    server = Domains.spawn (fun () -> serve requests under_way state) }

(* The callers *)

(* Counted before it looks at [stopped], so that the server, which is stopped
   first and then looks at the count, does not leave before it. *)
let request t ~stopped question =
  let exchange () =
    if Atomic.get t.stopped then stopped
    else begin
      let reply = Chan.make_bounded 1 in
      Chan.send t.requests (question reply);
      Chan.recv reply
    end
  in
  Atomic.incr t.under_way;
  Fun.protect exchange ~finally:(fun () -> Atomic.decr t.under_way)

let ask t ~stopped question =
  request t ~stopped (fun reply -> Ask (question, reply))

let send t x =
  request t ~stopped:(Error x) (fun reply -> Send (x, reply))

let receive t = request t ~stopped:None (fun reply -> Receive reply)

let rec iter f t =
  match receive t with
  | Some x -> f x; iter f t
  | None -> ()

let try_send t x =
  ask t ~stopped:(Error (`Closed x)) (fun state -> try_put state x)

let try_receive t = ask t ~stopped:(Error `Closed) try_take

let close t = ask t ~stopped:() shut

let shut_and_clear state =
  shut state;
  Queue.clear state.items

let leave t = ask t ~stopped:() shut_and_clear

let is_closed t = ask t ~stopped:true (fun state -> state.closed)

let open_sender t =
  ask t ~stopped:() (fun state -> state.sender_ends <- state.sender_ends + 1)

let close_sender t =
  let less state =
    state.sender_ends > 0
    && begin
         state.sender_ends <- state.sender_ends - 1;
         if state.sender_ends = 0 then shut state;
         true
       end
  in
  if not (ask t ~stopped:true less) then
    invalid_arg "Domain_channel.close_sender: no sender end is open"

let stop t =
  if not (Atomic.exchange t.stopped true) then begin
    let question state = shut_and_clear state; state.running <- false in
    Chan.send t.requests (Ask (question, Chan.make_bounded 1));
    Domains.join t.server
  end

let with_channel ?capacity f =
  let t = create ?capacity () in
  Fun.protect ~finally:(fun () -> stop t) (fun () -> f t)
