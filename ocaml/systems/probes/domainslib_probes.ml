(** What [Domainslib.Chan] does: only where there are domains. *)

open Channels.Domains

let rendezvous () =
  let c = Chan.make_bounded 0 and sent = Atomic.make false in
  let alone = Chan.send_poll c 1 in
  let sender =
    spawn (fun () ->
        Chan.send c 2;
        Atomic.set sent true)
  in
  Thread.delay 0.05;
  let before = Atomic.get sent in
  let received = Chan.recv c in
  join sender;
  [ Fact.bool "sent_alone" (alone || before);
    Fact.bool "sent_after_receive" (Atomic.get sent);
    Fact.int "received" received ]

let places () =
  let c = Chan.make_bounded 2 in
  let sends = List.map (Chan.send_poll c) [ 1; 2; 3 ] in
  [ Fact.int "accepted" (List.length (List.filter Fun.id sends)) ]

let negative () =
  [ Fact.text "make_bounded" (Fact.raised (fun () -> Chan.make_bounded (-1))) ]

let all =
  if available = Ok () then
    [ ("domainslib_rendezvous", rendezvous);
      ("domainslib_places", places);
      ("domainslib_negative", negative) ]
  else []
