(* What is queued lives as long as its channel, and no longer. *)

open Chanpatterns
open Checking

let count = 1_000_000

(* Twice, for what finalisers free, and once for what they held. *)
let collect () =
  for _ = 1 to 3 do Gc.full_major () done

let live_words () = (Gc.stat ()).Gc.live_words

let freed = ref 0
let message n =
  let value = ref n in
  Gc.finalise (fun _ -> incr freed) value;
  value

(* A million through a channel that is dropped with half of them in it, one in
   a thousand of which says when it is freed. *)
let half_full () =
  let t = Channel.unbounded () in
  for n = 1 to count do
    Channel.send_exn t (if n mod 1_000 = 0 then message n else ref n);
    if n mod 2 = 0 then ignore (Channel.recv_exn t)
  done;
  equal "queued" int ~expected:(count / 2) (Channel.length t);
  collect ();
  equal "received are freed, queued are not" int ~expected:500 !freed;
  ignore (Sys.opaque_identity t)

let dropped () =
  collect ();
  let channels = Inside.live () and words = live_words () in
  half_full ();
  collect ();
  equal "all are freed" int ~expected:1_000 !freed;
  equal "channels" int ~expected:channels (Inside.live ());
  let more = live_words () - words in
  if more > 10_000 then fail "words" (Printf.sprintf "%d more are alive" more)

(* A message that holds its own channel: a root would keep both for ever. *)
type knot = { channel : knot Channel.t; value : int ref }

let knots () =
  freed := 0;
  let channels = Inside.live () in
  for n = 1 to 1_000 do
    let channel = Channel.unbounded () in
    Channel.send_exn channel { channel; value = message n }
  done;
  collect ();
  equal "freed" int ~expected:1_000 !freed;
  equal "channels" int ~expected:channels (Inside.live ())

(* The table grows with what is on its way, not with what was sent. *)
let flat () =
  let t = Channel.bounded 4 in
  let round () =
    for n = 1 to 3 do Channel.send_exn t (ref n) done;
    for _ = 1 to 3 do ignore (Channel.recv_exn t) done
  in
  round ();
  collect ();
  let words = live_words () in
  for _ = 1 to count / 3 do round () done;
  collect ();
  let more = live_words () - words in
  if more > 1_000 then fail "words" (Printf.sprintf "%d more are alive" more);
  Channel.close t

let () =
  test "dropped half full" dropped;
  test "knots" knots;
  test "flat" flat
