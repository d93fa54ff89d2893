(* What the cases cannot ask of the kinds of channels: roles that raise or
   leave early. Every call must end, and leave no thread behind. *)

open Checking
open Patterns

let items = List.init 20 Fun.id
let send_all send = List.iter send items
let fill_nothing _ = ()
let take receive = ignore (receive () : int option)

(* For threads and domains. *)

let bounded name bounded =
  test (name ^ ": roles leave a bounded channel") @@ fun () ->
  nothing_left "bounded" @@ fun () ->
  let run sender receiver =
    bounded ~capacity:2 ~fill:fill_nothing
      ~sender:(fun send () -> sender send)
      ~receiver
  in
  let sent = Entry.Log.create () in
  let send_and_log send x = send x; Entry.Log.add sent x in
  run (fun send -> List.iter (send_and_log send) items) take;
  equal "sent to the end" ints ~expected:items (Entry.Log.items sent);
  raises "what the receiver raised" Exit (fun () ->
      run send_all (fun receive -> take receive; raise Exit))

let rendezvous name rendezvous =
  test (name ^ ": roles leave a rendezvous") @@ fun () ->
  nothing_left "rendezvous" @@ fun () ->
  let run receiver =
    rendezvous ~fill:fill_nothing
      ~sender:(fun send () -> send_all send)
      ~receiver
  in
  run take;
  raises "what the receiver raised" Exit (fun () ->
      run (fun receive -> take receive; raise Exit))

let mpmc name (mpmc : ?capacity:int -> _) =
  test (name ^ ": receivers leave, or are not there") @@ fun () ->
  nothing_left "mpmc" @@ fun () ->
  List.iter
    (fun capacity ->
      mpmc ~capacity [ send_all; send_all ] [];
      mpmc ~capacity [ send_all; send_all ] [ take; take; take ];
      mpmc ~capacity [] [ take; take ])
    [ 0; 2 ]

let close_on_drop name close_on_drop =
  test (name ^ ": a sender raises before its end is dropped") @@ fun () ->
  nothing_left "close_on_drop" @@ fun () ->
  let received = Entry.Log.create () in
  let rec receiver receive =
    match receive () with
    | Some x -> Entry.Log.add received x; receiver receive
    | None -> ()
  in
  let raising send = send 1; raise Exit in
  raises "what the sender raised" Exit (fun () ->
      close_on_drop Close_on_drop.First [ raising; send_all ] receiver);
  equal "received" ints ~expected:[ 1 ] (Entry.Log.items received);
  equal "no sender" ints ~expected:[]
    (List.map Bool.to_int (close_on_drop Close_on_drop.Last [] receiver))

let receiver_gone name (receiver_gone : ?capacity:int -> _) =
  test (name ^ ": the receiver raises") @@ fun () ->
  nothing_left "receiver_gone" @@ fun () ->
  let refused = Entry.Log.create () in
  let sender send =
    List.iter
      (fun x ->
        match send x with Ok () -> () | Error x -> Entry.Log.add refused x)
      items
  in
  raises "what the receiver raised" Exit (fun () ->
      receiver_gone ~capacity:0 ~sender
        ~receiver:(fun receive -> take receive; raise Exit)
        ~afterwards:ignore ());
  equal "refused" ints ~expected:(List.tl items) (Entry.Log.items refused)

let event () =
  bounded "event" Bounded.On_event.bounded;
  rendezvous "event" Rendezvous.On_event.rendezvous;
  mpmc "event" Mpmc.On_event.mpmc;
  close_on_drop "event" Close_on_drop.On_event.close_on_drop;
  receiver_gone "event" Receiver_gone.On_event.receiver_gone

(* What a domain raises is heard of; a thread's exception is only printed. *)
let heard () =
  let raising send = send 1; raise Exit in
  let receiver receive =
    take receive;
    equal "the end" string_of_bool ~expected:true
      (Option.is_none (receive ()));
    equal "for ever" string_of_bool ~expected:true
      (Option.is_none (receive ()))
  in
  test "domains: what a sender raises comes out" @@ fun () ->
  nothing_left "senders" @@ fun () ->
  let raises = raises "what the sender raised" Exit in
  let sender send () = raising send in
  raises (fun () ->
      Bounded.On_domains.bounded ~capacity:1 ~fill:fill_nothing ~sender
        ~receiver);
  raises (fun () ->
      Rendezvous.On_domains.rendezvous ~fill:fill_nothing ~sender ~receiver);
  raises (fun () -> Mpmc.On_domains.mpmc [ raising; ignore ] [ receiver ]);
  raises (fun () -> Unbounded.On_domains.unbounded [ raising ] receiver)

let domains () =
  bounded "domains" Bounded.On_domains.bounded;
  rendezvous "domains" Rendezvous.On_domains.rendezvous;
  mpmc "domains" Mpmc.On_domains.mpmc;
  close_on_drop "domains" Close_on_drop.On_domains.close_on_drop;
  receiver_gone "domains" Receiver_gone.On_domains.receiver_gone;
  heard ()

(* For promises. *)

let lwt () =
  let open Lwt.Syntax in
  let run = Entry.Lwt_driver.run in
  let send_all send = Lwt_list.iter_s send items in
  let take receive = Lwt.map (fun (_ : int option) -> ()) (receive ()) in
  let leave receive =
    let* () = take receive in
    Lwt.fail Exit
  in
  let raises f = raises "what a role raised" Exit (fun () -> run f) in
  test "lwt: roles leave" @@ fun () ->
  let sender send () = send_all send in
  let bounded receiver () =
    Bounded.On_lwt.bounded ~capacity:2 ~fill:fill_nothing ~sender ~receiver
  in
  let rendezvous receiver () =
    Rendezvous.On_lwt.rendezvous ~fill:fill_nothing ~sender ~receiver
  in
  let mpmc receivers () =
    Mpmc.On_lwt.mpmc ~capacity:2 [ send_all; send_all ] receivers
  in
  run (bounded take);
  raises (bounded leave);
  run (rendezvous take);
  raises (rendezvous leave);
  run (mpmc []);
  run (mpmc [ take; take ]);
  raises (mpmc [ take; leave ]);
  raises (fun () ->
      Close_on_drop.On_lwt.close_on_drop Close_on_drop.First
        [ (fun send -> send 1; Lwt.fail Exit) ]
        take);
  raises (fun () ->
      Receiver_gone.On_lwt.receiver_gone ~capacity:0
        ~sender:(fun send -> send_all (fun x -> Lwt.map ignore (send x)))
        ~receiver:leave
        ~afterwards:(fun _ -> Lwt.return_unit)
        ())

let () =
  event ();
  lwt ();
  match Channels.Domains.available with
  | Ok () -> domains ()
  | Error reason -> skip "domains" reason
