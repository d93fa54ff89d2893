(* Producers: labelled producers with a delay, one collector, a total.

   Channels  one channel that all send on: unbounded, bounded or rendezvous.
   Closing   On_event: each producer has an open end; the last one that is
             closed ends the collector. On_lwt: closed when all have ended.
             On_domains: each producer sends its end, and the collector counts
             them (Differs: no close).
   Tasks     On_lwt: its promises are what [producers_async] runs as tasks in
             Rust, and asyncio in Python. Differs: Event blocks its threads,
             Domainslib.Chan its domains; neither serves tasks.
             Differs: a collector that leaves waits for the next send of
             each, and Rust aborts them.
   Agree     per_producer; exact where no two producers wake together.
   Sides     rust/src/patterns/producers.rs
             python/chanpatterns/patterns/producers.py
             compare/patterns/producers.json
   Source    S. Klabnik, C. Nichols, "The Rust Programming Language", ch. 16.2,
             multiple producers. *)

open Channels

(** Sends [items] messages, waiting [delay_ms] milliseconds before each. *)
type producer = { label : string; items : int; delay_ms : int }

(** [text] is the label and the message's number, from 1: "A-1". *)
type message = { from : string; text : string; at_ms : int }

let message (clock : _ Clock.t) from i =
  { from; text = Printf.sprintf "%s-%d" from i; at_ms = clock.now () }

module On_event = struct
  (** [producers ~capacity clock who each] runs every producer on a thread of
      its own, calls [each message] on the caller's thread for what they send,
      and is the number of messages when all have ended. Without [capacity]
      the channel is unbounded, [0] makes it a rendezvous.

      If [each] raises, it leaves: the next send of each producer fails, which
      ends it. *)
  let producers ?capacity (clock : unit Clock.t) who each =
    Event_channel.with_channel ?capacity @@ fun channel ->
    let produce p () =
      let rec send_from i =
        if i <= p.items then begin
          clock.sleep p.delay_ms;
          match Event_channel.send channel (message clock p.label i) with
          | Ok () -> send_from (i + 1)
          | Error _ -> ()
        end
      in
      send_from 1;
      Event_channel.close_sender channel
    in
    (* The collector's own end keeps the channel open until all have theirs. *)
    Event_channel.open_sender channel;
    let role p =
      Event_channel.open_sender channel;
      clock.role (produce p)
    in
    let start role = Thread.create role () in
    let threads = List.map start (List.map role who) in
    Event_channel.close_sender channel;
    let total = ref 0 in
    Fun.protect
      (fun () ->
        Event_channel.iter (fun m -> incr total; each m) channel;
        !total)
      ~finally:(fun () ->
        Event_channel.leave channel;
        List.iter Thread.join threads)
end

module On_lwt = struct
  open Lwt.Syntax

  (** The same with promises. Differs: [Lwt_stream] refuses a second push that
      has to wait, and knows no rendezvous; hence {!Lwt_channel}. *)
  let producers ?capacity (clock : unit Lwt.t Clock.t) who each =
    let channel = Lwt_channel.create ?capacity () in
    let produce p () =
      let rec send_from i =
        if i > p.items then Lwt.return_unit
        else
          let* () = clock.sleep p.delay_ms in
          let* sent = Lwt_channel.send channel (message clock p.label i) in
          match sent with
          | Ok () -> send_from (i + 1)
          | Error _ -> Lwt.return_unit
      in
      send_from 1
    in
    let roles = List.map (fun p -> clock.role (produce p)) who in
    let ended =
      let+ () = Lwt.join (List.map (fun role -> role ()) roles) in
      Lwt_channel.close channel
    in
    let total = ref 0 in
    Lwt.finalize
      (fun () ->
        let+ () = Lwt_channel.iter (fun m -> incr total; each m) channel in
        !total)
      (fun () ->
        Lwt_channel.leave channel;
        ended)
end

module On_domains = struct
  (** The same with a domain for each producer. Nobody can leave this channel:
      if [each] raises, what is still sent goes unheard. *)
  let producers ?capacity (clock : unit Clock.t) who each =
    let channel =
      match capacity with
      | None -> Domains.Chan.make_unbounded ()
      | Some n -> Domains.Chan.make_bounded n
    in
    let produce p () =
      for i = 1 to p.items do
        clock.sleep p.delay_ms;
        Domains.Chan.send channel (Some (message clock p.label i))
      done;
      Domains.Chan.send channel None
    in
    let roles = List.map (fun p -> clock.role (produce p)) who in
    let domains = Domains.spawn_all roles in
    let running = ref (List.length who) and total = ref 0 in
    let rec collect each =
      if !running > 0 then begin
        (match Domains.Chan.recv channel with
        | Some m -> incr total; each m
        | None -> decr running);
        collect each
      end
    in
    Fun.protect
      (fun () -> collect each; !total)
      ~finally:(fun () ->
        collect ignore;
        Domains.join_all domains)
end

(* The entry for the laboratory. *)

let read json =
  let producer p =
    Entry.Input.
      {
        label = field "label" string p;
        items = field "items" natural p;
        delay_ms = field "delay_ms" natural p;
      }
  in
  let input = Entry.Input.of_json json in
  Entry.Input.
    ( field "capacity" (nullable natural) input,
      field "producers" (list producer) input )

let observation log total elapsed_ms =
  let item m = `List [ `String m.from; `String m.text; `Int m.at_ms ] in
  `Assoc
    [
      ("items", `List (List.map item (Entry.Log.items log)));
      ("total", `Int total);
      ("elapsed_ms", `Int elapsed_ms);
    ]

let blocking producers json =
  let capacity, who = read json in
  let clock = Entry.Virtual_clock.create () and log = Entry.Log.create () in
  let total = producers ?capacity clock who (Entry.Log.add log) in
  observation log total (clock.Clock.now ())

let cooperative producers json =
  let capacity, who = read json in
  let clock = Entry.Lwt_driver.clock and log = Entry.Log.create () in
  Entry.Lwt_driver.run @@ fun () ->
  let each m = Entry.Log.add log m; Lwt.pause () in
  Lwt.map
    (fun total -> observation log total (clock.Clock.now ()))
    (producers ?capacity clock who each)

let entry =
  Entry.
    {
      event = Without_tasks (blocking On_event.producers);
      lwt = Runs (cooperative On_lwt.producers);
      domains = Without_tasks (blocking On_domains.producers);
    }
