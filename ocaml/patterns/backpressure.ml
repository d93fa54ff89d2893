(* Backpressure: a fast source is held by bounded channels.

   Channels  source -> stage -> ... -> sink, each of the same capacity.
   Closing   On_event, On_lwt: the source's end closes its channel, and each
             stage closes the next. On_domains: [None] follows the last item
             and is passed on (Differs: no close).
   Agree     exact; with the sink at rest, s stages and channels of capacity n
             hold (s + 1) * n + s items, and then the source must wait.
   Sides     rust/src/patterns/backpressure.rs
             compare/patterns/backpressure.json
   Source    "Reactive Streams" 1.0 (2015), back pressure. *)

open Channels

(** What a source sends with. ['sent] is [unit], or a promise of it. *)
type ('a, 'sent) output = {
  send : 'a -> 'sent;  (** Waits while the first channel is full. *)
  try_send : 'a -> bool;  (** [false] where [send] would wait. *)
}

let attempt f x = match f x with y -> Ok y | exception e -> Error e

module On_event = struct
  (** [backpressure ~capacity stages source sink] is what [sink] returns, once
      all roles have ended. [source output] and each of [stages], a function
      on items, have a thread of their own; [sink receive] runs on the
      caller's, and receives until [None]. What it leaves is drained.

      An item that a stage raises [e] for reaches the sink as [Error e]; where
      the source raises, [Error e] is the last. *)
  let backpressure ~capacity stages source sink =
    (* Nobody but the sender closes, so a send cannot fail. *)
    let send channel item =
      Result.get_ok (Event_channel.send channel item)
    in
    (* [fill] fills a channel, which the remaining stages empty. *)
    let rec run fill stages =
      Event_channel.with_channel ~capacity @@ fun channel ->
      let fill () = fill channel; Event_channel.close channel in
      let thread = Thread.create fill () in
      let finally () =
        Event_channel.iter ignore channel;
        Thread.join thread
      in
      Fun.protect ~finally @@ fun () ->
      match stages with
      | [] -> sink (fun () -> Event_channel.receive channel)
      | stage :: rest ->
          let pass next item = send next (Result.bind item (attempt stage)) in
          run (fun next -> Event_channel.iter (pass next) channel) rest
    in
    let fill first =
      let send_ok x = send first (Ok x) in
      let try_send x = Result.is_ok (Event_channel.try_send first (Ok x)) in
      try source { send = send_ok; try_send }
      with e -> send first (Error e)
    in
    run fill stages
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises: what the source, a stage and the sink give.
      Differs: [Lwt_stream] has no push that does not wait, and sleeps for
      ever at capacity 0; hence {!Lwt_channel}. *)
  let backpressure ~capacity stages source sink =
    let send channel item =
      Lwt.map Result.get_ok (Lwt_channel.send channel item)
    in
    let attempt f x =
      Lwt.try_bind (fun () -> f x) Lwt.return_ok Lwt.return_error
    in
    let rec run fill stages =
      let channel = Lwt_channel.create ~capacity () in
      let filled =
        let+ () = fill channel in
        Lwt_channel.close channel
      in
      let finally () =
        let* () = Lwt_channel.iter (fun _ -> Lwt.return_unit) channel in
        filled
      in
      let empty () =
        match stages with
        | [] -> sink (fun () -> Lwt_channel.receive channel)
        | stage :: rest ->
            let pass next = function
              | Error _ as error -> send next error
              | Ok x -> Lwt.bind (attempt stage x) (send next)
            in
            run (fun next -> Lwt_channel.iter (pass next) channel) rest
      in
      Lwt.finalize empty finally
    in
    let fill first =
      let send_ok x = send first (Ok x) in
      let try_send x = Result.is_ok (Lwt_channel.try_send first (Ok x)) in
      Lwt.catch
        (fun () -> source { send = send_ok; try_send })
        (fun e -> send first (Error e))
    in
    run fill stages
end

module On_domains = struct
  (** The same with a domain for the source and for each stage. *)
  let backpressure ~capacity stages source sink =
    let send channel item = Domains.Chan.send channel (Some item) in
    let rec run fill stages =
      let channel = Domains.Chan.make_bounded capacity in
      let fill () = fill channel; Domains.Chan.send channel None in
      let domain = Domains.spawn fill in
      let ended = ref false in
      let receive () =
        let item = if !ended then None else Domains.Chan.recv channel in
        ended := Option.is_none item;
        item
      in
      let rec iter f =
        match receive () with None -> () | Some item -> f item; iter f
      in
      Fun.protect ~finally:(fun () -> iter ignore; Domains.join domain)
      @@ fun () ->
      match stages with
      | [] -> sink receive
      | stage :: rest ->
          let pass next item = send next (Result.bind item (attempt stage)) in
          run (fun next -> iter (pass next)) rest
    in
    let fill first =
      let send_ok x = send first (Ok x) in
      let try_send x = Domains.Chan.send_poll first (Some (Ok x)) in
      try source { send = send_ok; try_send }
      with e -> send first (Error e)
    in
    run fill stages
end

(* The entry for the laboratory. *)

type case = { capacity : int; stages : int; items : int list }

let read json =
  let input = Entry.Input.of_json json in
  Entry.Input.
    {
      capacity = field "capacity" natural input;
      stages = field "stages" natural input;
      items = field "items" (list int) input;
    }

(** How many items the chain holds with the sink at rest. *)
let held { capacity; stages; _ } = ((stages + 1) * capacity) + stages

(** The items that the chain holds, and the others. *)
let split case =
  let fits n _ = n < held case in
  let numbered = List.mapi (fun n x -> (fits n x, x)) case.items in
  let inside, outside = List.partition fst numbered in
  (List.map snd inside, List.map snd outside)

(** The items from the first that [try_send] refuses, after [sent] for each of
    the others. *)
let rec refused_from try_send sent = function
  | x :: rest when try_send x -> sent (); refused_from try_send sent rest
  | rest -> rest

let observation items accepted rest peak =
  let item = function Ok x -> `Int x | Error e -> Entry.error e in
  let refused = match rest with [] -> `Null | x :: _ -> `Int x in
  `Assoc
    [
      ("accepted", `Int accepted);
      ("refused", refused);
      ("items", `List (List.map item items));
      ("measured", `Assoc [ ("peak", `Int (Entry.Peak.peak peak)) ]);
    ]

let blocking backpressure json =
  let case = read json in
  let peak = Entry.Peak.create () and begun = Entry.Latch.create () in
  let accepted = ref 0 and refused = ref [] in
  let source { send; try_send } =
    let sent () = Entry.Peak.sent peak in
    let send x = send x; sent () in
    let inside, outside = split case in
    List.iter send inside;
    refused := refused_from try_send sent outside;
    accepted := List.length case.items - List.length !refused;
    Entry.Latch.open_ begun;
    List.iter send !refused
  in
  let sink receive =
    Entry.Latch.wait begun;
    let rec collect items =
      Entry.Peak.receiving peak;
      match receive () with
      | None -> List.rev items
      | Some item -> collect (item :: items)
    in
    collect []
  in
  let stages = List.init case.stages (fun _ -> succ) in
  let items = backpressure ~capacity:case.capacity stages source sink in
  observation items !accepted !refused peak

let cooperative backpressure json =
  let open Lwt.Syntax in
  let case = read json in
  let peak = Entry.Peak.create () and begun, begin_ = Lwt.wait () in
  let accepted = ref 0 and refused = ref [] in
  let source { send; try_send } =
    let sent () = Entry.Peak.sent peak in
    let send x = Lwt.map sent (send x) in
    let inside, outside = split case in
    let* () = Lwt_list.iter_s send inside in
    refused := refused_from try_send sent outside;
    accepted := List.length case.items - List.length !refused;
    Lwt.wakeup_later begin_ ();
    Lwt_list.iter_s send !refused
  in
  let sink receive =
    let* () = begun in
    let rec collect items =
      Entry.Peak.receiving peak;
      let* item = receive () in
      match item with
      | None -> Lwt.return (List.rev items)
      | Some item -> collect (item :: items)
    in
    collect []
  in
  let succ x = Lwt.map (fun () -> x + 1) (Lwt.pause ()) in
  let stages = List.init case.stages (fun _ -> succ) in
  Entry.Lwt_driver.run @@ fun () ->
  let+ items = backpressure ~capacity:case.capacity stages source sink in
  observation items !accepted !refused peak

let entry =
  Entry.
    {
      event = Runs (blocking On_event.backpressure);
      lwt = Runs (cooperative On_lwt.backpressure);
      domains = Runs (blocking On_domains.backpressure);
    }
