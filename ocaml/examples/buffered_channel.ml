(* Buffered channel: a queue between two channels that have none.

   Channels  input, to the server that owns the queue; output, from it. Both
             are ordinary channels, so either end can be part of a choice.
   Closing   the sender sends [None] last; it is queued like an item. Once it
             has left, the server has nothing more to offer, and ends.
   Agree     exact: what is printed.
   Sides     rust/examples/buffered_channel.rs
             ocaml/examples/buffered_channel.ml
   Source    C. A. R. Hoare, "Communicating Sequential Processes" (1978), 5.1,
             the bounded buffer; J. H. Reppy, "CML: A Higher-Order Concurrent
             Language" (1991), buffered channels built from events. *)

type 'a buffer = {
  input : 'a option Event.channel;
  output : 'a option Event.channel;
}

type 'a step = Arrived of 'a option | Left

(* The server *)

let arrival buffer =
  Event.wrap (Event.receive buffer.input) (fun item -> Arrived item)

let departure buffer front =
  Event.wrap (Event.send buffer.output front) (fun () -> Left)

(** [serve capacity buffer] receives while there is room, and sends the front
    of the queue while there is one. *)
let serve capacity buffer =
  let queue = Queue.create () in
  let rec go ended =
    let room = (not ended) && Queue.length queue < capacity in
    let arrivals = if room then [ arrival buffer ] else [] in
    let front = Option.to_list (Queue.peek_opt queue) in
    match arrivals @ List.map (departure buffer) front with
    | [] -> () (* A choice of nothing would be an error. *)
    | steps -> (
        match Event.select steps with
        | Arrived item -> Queue.add item queue; go (Option.is_none item)
        | Left -> ignore (Queue.pop queue); go ended)
  in
  go false

let unbounded = max_int

(** [with_buffer capacity body] is [body buffer], which must send the end and
    receive it. The capacity is 1 or more. *)
let with_buffer capacity body =
  let input = Event.new_channel () and output = Event.new_channel () in
  let buffer = { input; output } in
  let server = Thread.create (serve capacity) buffer in
  let result = body buffer in
  Thread.join server;
  result

(* Its users *)

let send_all buffer items =
  let send item = Event.sync (Event.send buffer.input item) in
  List.iter (fun x -> send (Some x)) items;
  send None

let rec receive_all buffer =
  match Event.sync (Event.receive buffer.output) with
  | Some x -> x :: receive_all buffer
  | None -> []

(* Nobody receives before the last item has been sent. *)
let fill items buffer = send_all buffer items; receive_all buffer

let pass items buffer =
  let producer = Thread.create (send_all buffer) items in
  let received = receive_all buffer in
  Thread.join producer;
  received

(** [send_or_receive buffer x] offers both, and says which one happened. *)
let send_or_receive buffer x =
  let sent () = Printf.sprintf "sent %d" x in
  let received item = Printf.sprintf "received %d" (Option.get item) in
  Event.select
    [ Event.wrap (Event.send buffer.input (Some x)) sent;
      Event.wrap (Event.receive buffer.output) received ]

(* Empty, a buffer can only be sent to; full, only received from. One with a
   capacity of 1 is always one or the other. *)
let alternate items buffer =
  let offer x =
    Printf.printf "capacity 1: %s\n" (send_or_receive buffer x)
  in
  List.iter offer items;
  pass [] buffer

let report what items =
  let items = String.concat " " (List.map string_of_int items) in
  Printf.printf "%s: %s\n" what items

let () =
  let items = List.init 9 succ in
  report "capacity 1, left over" (with_buffer 1 (alternate items));
  report "unbounded, filled first" (with_buffer unbounded (fill items));
  report "capacity 3, two threads" (with_buffer 3 (pass items))
