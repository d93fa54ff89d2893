open Checking
open Channels

module Parallel = struct
  let start f =
    let domain = Domains.spawn f in
    fun () -> Domains.join domain
end

module Test = Closeable_test.Make (Domain_channel) (Parallel)

(* The adapter itself. *)
let domains () =
  test "a domain's result and exception come out of its join" (fun () ->
      let six = Domains.spawn (fun () -> 6) in
      let fails = Domains.spawn (fun () -> failwith "fails") in
      equal "result" int ~expected:6 (Domains.join six);
      raises "join" (Failure "fails") (fun () -> Domains.join fails));
  test "join_all joins those after one that failed" (fun () ->
      nothing_left "join_all" @@ fun () ->
      let ended = Atomic.make 0 in
      let role fails () =
        Atomic.incr ended;
        if fails then failwith "fails"
      in
      let start fails = Domains.spawn (role fails) in
      let domains = List.map start [ false; true; false ] in
      raises "join_all" (Failure "fails") (fun () -> Domains.join_all domains);
      equal "ended" int ~expected:3 (Atomic.get ended));
  test "spawn_all starts all or none" (fun () ->
      let began = Atomic.make 0 in
      let roles n = List.init n (fun _ () -> Atomic.incr began) in
      (match Domains.spawn_all (roles 1000) with
      | _ -> failwith "a thousand domains were had"
      | exception Failure message ->
          let expected = "1000 domains are too many" in
          equal "message" Fun.id ~expected
            (String.sub message 0 (String.length expected)));
      equal "began" int ~expected:0 (Atomic.get began);
      Domains.join_all (Domains.spawn_all (roles 5));
      equal "began" int ~expected:5 (Atomic.get began));
  test "a channel of capacity 2" (fun () ->
      let channel = Domains.Chan.make_bounded 2 in
      let sent = List.map (Domains.Chan.send_poll channel) [ 1; 2; 3 ] in
      let show l = String.concat " " (List.map string_of_bool l) in
      equal "sent" show ~expected:[ true; true; false ] sent;
      Test.received "first" (Some 1) (Domains.Chan.recv_poll channel);
      equal "second" int ~expected:2 (Domains.Chan.recv channel);
      Test.received "empty" None (Domains.Chan.recv_poll channel))

(* Where domains are missing, every operation must say so. *)
let stub reason =
  let missing = Failure reason in
  test "the stub gives its reason" (fun () ->
      raises "spawn" missing (fun () -> Domains.spawn ignore);
      raises "make" missing (fun () -> Domains.Chan.make_unbounded ());
      raises "create" missing (fun () -> Domain_channel.create ()));
  skip "domains and their channels" reason

let () =
  match Domains.available with
  | Ok () -> domains (); Test.all ~rounds:2
  | Error reason -> stub reason
