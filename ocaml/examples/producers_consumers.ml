(* Producers and consumers: several of each, and an end.

   Channels  one for each producer's items, to whichever consumer chooses it;
             and one for the stop, to every consumer.
   Closing   the main thread. A send ends when it is received, so once the
             producers have ended, nothing is on its way: then it sends one
             stop for each consumer.
   Agree     exact: what is printed.
   Sides     rust/examples/producers_consumers.rs
             ocaml/examples/producers_consumers.ml
   Source    E. W. Dijkstra, "Cooperating Sequential Processes" (1965), the
             problem; J. H. Reppy, "Concurrent Programming in ML" (1999), the
             events to state it with: choose, wrap, guard. *)

type item = { producer : int; number : int }

(** [start role x] is a function that waits for the end of [role x], which
    runs on a thread of its own, and is its result. *)
let start role x =
  let result = ref None in
  let thread = Thread.create (fun () -> result := Some (role x)) () in
  fun () -> Thread.join thread; Option.get !result

let produce count channel =
  for number = 1 to count do
    Event.sync (Event.send channel number)
  done

(** The next item of any producer, labelled with where it comes from. *)
let item channels =
  let label producer channel =
    Event.wrap (Event.receive channel) (fun number ->
        Some { producer; number })
  in
  Event.choose (List.mapi label channels)

let ending stop = Event.wrap (Event.receive stop) (fun () -> None)

(** The next item, or [None] at the stop. Without room it is the stop alone:
    the guard looks each time when the event is synchronised. *)
let next channels stop has_room =
  Event.guard (fun () ->
      if has_room () then Event.choose [ item channels; ending stop ]
      else ending stop)

(** [consume channels room stop] is the items received, at most [room]. *)
let consume channels room stop =
  let items = Queue.create () in
  let next = next channels stop (fun () -> Queue.length items < room) in
  let rec go () =
    match Event.sync next with
    | Some item -> Queue.add item items; go ()
    | None -> List.of_seq (Queue.to_seq items)
  in
  go ()

(* What is sure, whoever consumed what. *)

let numbers producer items =
  let own item = item.producer = producer in
  List.map (fun item -> item.number) (List.filter own items)

let ascending numbers = List.sort compare numbers = numbers

let () =
  let room = 7 in
  let channels = List.init 3 (fun _ -> Event.new_channel ()) in
  let stop = Event.new_channel () in
  let consumers = List.map (start (consume channels room)) [ stop; stop ] in
  let producers = List.map (start (produce 4)) channels in
  List.iter (fun join -> join ()) producers;
  List.iter (fun _ -> Event.sync (Event.send stop ())) consumers;
  let consumed = List.map (fun join -> join ()) consumers in
  let each = [ 0; 1; 2 ] in
  let show producer =
    let all = List.sort compare (numbers producer (List.concat consumed)) in
    Printf.printf "producer %d: %s\n" producer
      (String.concat " " (List.map string_of_int all))
  in
  List.iter show each;
  let in_order items =
    List.for_all (fun producer -> ascending (numbers producer items)) each
  in
  Printf.printf "each consumer has each producer's in order: %b\n"
    (List.for_all in_order consumed);
  Printf.printf "no consumer has more than its room: %b\n"
    (List.for_all (fun items -> List.length items <= room) consumed)
