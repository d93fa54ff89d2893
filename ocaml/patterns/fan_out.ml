(* Fan-out: one source, n competing consumers, each item to one of them.

   Channels  one channel that every consumer receives from.
   Closing   On_event, On_domains: a channel cannot be closed, so the source
             ends with one [None] for each consumer (Differs: no close).
             On_lwt: the stream's own end.
   Agree     multiset; a consumer sees its items in the source's order.
   Sides     rust/src/patterns/fan_out.rs
             python/chanpatterns/patterns/fan_out.py
             compare/patterns/fan_out.json
   Source    S. Ajmani, "Go Concurrency Patterns: Pipelines and cancellation"
             (2014), fan-out. *)

open Channels

let check consumers =
  if consumers < 1 then invalid_arg "fan_out: no consumer"

(* Each consumer notes on a list of its own, so that none has to lock. *)
let in_input_order failed =
  List.concat (Array.to_list failed)
  |> List.sort (fun (n, _) (m, _) -> compare n m)
  |> List.map snd

module On_event = struct
  (** [fan_out ~consumers items consume] calls [consume i x] for every [x] of
      the sequence [items], where [i] is the consumer (from 0) that took it,
      each a thread of its own. It returns when all have ended, and is the
      items for which [consume] raised, with the exception, in input order;
      their consumers went on. If [items] raises, so does [fan_out], after
      all that came before has been consumed.
      @raise Invalid_argument if there is no consumer. *)
  let fan_out ~consumers items consume =
    check consumers;
    let channel = Event.new_channel () in
    let failed = Array.make consumers [] in
    let rec run i =
      match Event.sync (Event.receive channel) with
      | None -> ()
      | Some (n, x) ->
          (try consume i x
           with e -> failed.(i) <- (n, (x, e)) :: failed.(i));
          run i
    in
    let threads = List.init consumers (Thread.create run) in
    let send message = Event.sync (Event.send channel message) in
    let feed n x = send (Some (n, x)); n + 1 in
    Fun.protect
      (fun () -> ignore (Seq.fold_left feed 0 items))
      ~finally:(fun () ->
        List.iter (fun _ -> send None) threads;
        List.iter Thread.join threads);
    in_input_order failed
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. A stream is no work queue: two consumers that
      wait would get the same item (lwt#250), so they take in turn, at the
      mutex of {!Lwt_channel.taker}. *)
  let fan_out ~consumers items consume =
    check consumers;
    let stream, push = Lwt_stream.create_bounded 1 in
    let take = Lwt_channel.taker stream in
    let failed = Array.make consumers [] in
    let rec run i =
      let* item = take () in
      match item with
      | None -> Lwt.return_unit
      | Some (n, x) ->
          let failure e = failed.(i) <- (n, (x, e)) :: failed.(i) in
          let* () =
            Lwt.catch
              (fun () -> consume i x)
              (fun e -> Lwt.return (failure e))
          in
          run i
    in
    let ended = Lwt.join (List.init consumers run) in
    let rec feed n items =
      match items () with
      | Seq.Nil -> Lwt.return_unit
      | Seq.Cons (x, rest) ->
          let* () = push#push (n, x) in
          feed (n + 1) rest
    in
    let+ () =
      Lwt.finalize
        (fun () -> feed 0 items)
        (fun () -> push#close; ended)
    in
    in_input_order failed
end

module On_domains = struct
  (** The same with a domain for each consumer. *)
  let fan_out ~consumers items consume =
    check consumers;
    let channel = Domains.Chan.make_bounded consumers in
    let failed = Array.make consumers [] in
    let rec run i () =
      match Domains.Chan.recv channel with
      | None -> ()
      | Some (n, x) ->
          (try consume i x
           with e -> failed.(i) <- (n, (x, e)) :: failed.(i));
          run i ()
    in
    let domains = Domains.spawn_all (List.init consumers run) in
    let feed n x = Domains.Chan.send channel (Some (n, x)); n + 1 in
    Fun.protect
      (fun () -> ignore (Seq.fold_left feed 0 items))
      ~finally:(fun () ->
        List.iter (fun _ -> Domains.Chan.send channel None) domains;
        Domains.join_all domains);
    in_input_order failed
end

(* The entry for the laboratory. *)

let read json =
  let input = Entry.Input.of_json json in
  Entry.Input.
    ( field "items" (list int) input,
      field "consumers" natural input,
      field "fails_on" (list int) input )

let consume log fails_on i x =
  Entry.Log.add log (i, x);
  if List.mem x fails_on then
    failwith (Printf.sprintf "cannot consume %d" x)

let observation log failed concurrency =
  let receivers, items = List.split (Entry.Log.items log) in
  let failure (x, e) = `List [ `Int x; `String (Entry.message e) ] in
  `Assoc
    [
      ("items", Entry.ints items);
      ("failed", `List (List.map failure failed));
      ("concurrency", `Int concurrency);
      ("measured", `Assoc [ ("receivers", Entry.ints receivers) ]);
    ]

let no_consumer = Entry.refused "zero_consumers"

let blocking fan_out json =
  let items, consumers, fails_on = read json in
  let log = Entry.Log.create () in
  Entry.Gate.with_gate (min consumers (List.length items)) @@ fun gate ->
  let consume i x =
    Entry.Gate.job gate (fun () -> consume log fails_on i x)
  in
  match fan_out ~consumers (List.to_seq items) consume with
  | failed -> observation log failed (Entry.Gate.concurrency gate)
  | exception Invalid_argument _ when consumers < 1 -> no_consumer

let cooperative fan_out json =
  let items, consumers, fails_on = read json in
  let log = Entry.Log.create () in
  Entry.Lwt_driver.run @@ fun () ->
  let gate = Entry.Lwt_gate.create (min consumers (List.length items)) in
  let consume i x =
    Entry.Lwt_gate.job gate (fun () ->
        Lwt.map (fun () -> consume log fails_on i x) (Lwt.pause ()))
  in
  match fan_out ~consumers (List.to_seq items) consume with
  | failed ->
      Lwt.map
        (fun failed ->
          observation log failed (Entry.Lwt_gate.concurrency gate))
        failed
  | exception Invalid_argument _ when consumers < 1 ->
      Lwt.return no_consumer

let entry =
  Entry.
    {
      event = Runs (blocking On_event.fan_out);
      lwt = Runs (cooperative On_lwt.fan_out);
      domains = Runs (blocking On_domains.fan_out);
    }
