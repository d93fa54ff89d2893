(* What holds of every closeable channel, whatever runs beside it.

   Who waits cannot be seen from outside, so what must hold whether a party
   waits already or comes later is done for many rounds. *)

open Checking

(** A thread or a domain: [start f] gives the function that joins it. *)
module type Parallel = sig
  val start : (unit -> 'a) -> unit -> 'a
end

module Make (Channel : Channels.Closeable.S) (Parallel : Parallel) = struct
  let ints what expected found = equal what ints ~expected found
  let bool what expected found = equal what string_of_bool ~expected found

  let received what expected found =
    let show = function None -> "the end" | Some x -> int x in
    equal what show ~expected found

  let sent what expected found =
    let show = function Ok () -> "sent" | Error x -> "back " ^ int x in
    equal what show ~expected found

  let tried_send what expected found =
    let show = function
      | Ok () -> "sent"
      | Error (`Full x) -> "full, back " ^ int x
      | Error (`Closed x) -> "closed, back " ^ int x
    in
    equal what show ~expected found

  let tried_receive what expected found =
    let show = function
      | Ok x -> int x
      | Error `Empty -> "empty"
      | Error `Closed -> "closed"
    in
    equal what show ~expected found

  (* Every test runs on a channel whose server must be gone afterwards. *)
  let on ?(rounds = 1) ?capacity name f =
    test name (fun () ->
        nothing_left name (fun () ->
            for _ = 1 to rounds do Channel.with_channel ?capacity f done))

  let range a b = List.init (b - a + 1) (fun i -> a + i)

  let send_all t items =
    List.iter (fun x -> sent "send" (Ok ()) (Channel.send t x)) items

  let drain t =
    let taken = ref [] in
    Channel.iter (fun x -> taken := x :: !taken) t;
    List.rev !taken

  let alone () =
    on "unbounded: filled, closed, drained in order" (fun t ->
        send_all t (range 1 1000);
        bool "closed" false (Channel.is_closed t);
        Channel.close t;
        bool "closed" true (Channel.is_closed t);
        ints "drained" (range 1 1000) (drain t);
        received "after the end" None (Channel.receive t));
    on ~capacity:3 "bounded: exactly the capacity is accepted" (fun t ->
        let try_send = Channel.try_send t in
        List.iter (fun x -> tried_send "room" (Ok ()) (try_send x)) [ 1; 2; 3 ];
        tried_send "full" (Error (`Full 4)) (try_send 4);
        tried_receive "front" (Ok 1) (Channel.try_receive t);
        tried_send "room again" (Ok ()) (try_send 5);
        tried_send "full again" (Error (`Full 6)) (try_send 6);
        Channel.close t;
        ints "drained" [ 2; 3; 5 ] (drain t));
    for capacity = 0 to 2 do
      on ~capacity (Printf.sprintf "try operations, %d" capacity) (fun t ->
          tried_receive "empty" (Error `Empty) (Channel.try_receive t);
          Channel.close t;
          tried_receive "closed" (Error `Closed) (Channel.try_receive t);
          tried_send "closed" (Error (`Closed 1)) (Channel.try_send t 1);
          sent "closed" (Error 1) (Channel.send t 1);
          received "closed" None (Channel.receive t))
    done;
    on ~capacity:0 "a rendezvous takes nothing ahead" (fun t ->
        tried_send "nobody there" (Error (`Full 1)) (Channel.try_send t 1));
    on ~capacity:1 "close is idempotent and keeps what is buffered" (fun t ->
        send_all t [ 1 ];
        Channel.close t;
        Channel.close t;
        sent "refused" (Error 2) (Channel.send t 2);
        ints "kept" [ 1 ] (drain t));
    on "leave drops what is buffered" (fun t ->
        send_all t [ 1; 2 ];
        Channel.leave t;
        bool "closed" true (Channel.is_closed t);
        ints "dropped" [] (drain t);
        sent "refused" (Error 3) (Channel.send t 3));
    on "the last sender end that is closed closes" (fun t ->
        Channel.open_sender t;
        Channel.open_sender t;
        Channel.close_sender t;
        bool "one is open" false (Channel.is_closed t);
        send_all t [ 1 ];
        Channel.close_sender t;
        bool "none is open" true (Channel.is_closed t);
        ints "kept" [ 1 ] (drain t));
    on "no more sender ends are closed than were opened" (fun t ->
        match Channel.close_sender t with
        | () -> failwith "it was accepted"
        | exception Invalid_argument _ -> ());
    on "a stopped channel is closed and empty" (fun t ->
        send_all t [ 1 ];
        Channel.stop t;
        Channel.stop t;
        bool "closed" true (Channel.is_closed t);
        ints "dropped" [] (drain t);
        sent "refused" (Error 2) (Channel.send t 2);
        tried_send "refused" (Error (`Closed 3)) (Channel.try_send t 3);
        tried_receive "end" (Error `Closed) (Channel.try_receive t);
        Channel.open_sender t;
        Channel.close_sender t;
        Channel.close t;
        Channel.leave t);
    on "a channel is stopped by what is raised beside it" (fun _ ->
        let inner = ref None in
        (try
           Channel.with_channel (fun t ->
               inner := Some t;
               failwith "raised")
         with Failure _ -> ());
        bool "closed" true (Channel.is_closed (Option.get !inner)));
    test "a negative capacity is refused" (fun () ->
        match Channel.create ~capacity:(-1) () with
        | (_ : int Channel.t) -> failwith "it was accepted"
        | exception Invalid_argument message ->
            let expected = "expected 0 (a rendezvous) or more" in
            let from = String.length message - String.length expected in
            equal "message" Fun.id ~expected
              (String.sub message from (String.length expected)))

  let beside ~rounds capacity =
    let on ?(rounds = rounds) what f =
      on ~rounds ~capacity (Printf.sprintf "%s, capacity %d" what capacity) f
    in
    let fill t = send_all t (range 1 capacity) in
    let sender t x = Parallel.start (fun () -> Channel.send t x) in
    let receiver t = Parallel.start (fun () -> Channel.receive t) in
    on ~rounds:1 "everything in order" (fun t ->
        let join =
          Parallel.start (fun () ->
              send_all t (range 1 300);
              Channel.close t)
        in
        ints "received" (range 1 300) (drain t);
        join ());
    on "close gives senders their values" (fun t ->
        fill t;
        let first = sender t 10 and second = sender t 20 in
        Channel.close t;
        sent "first" (Error 10) (first ());
        sent "second" (Error 20) (second ());
        ints "buffered" (range 1 capacity) (drain t));
    on "leave gives a sender its value" (fun t ->
        fill t;
        let join = sender t 10 in
        Channel.leave t;
        sent "back" (Error 10) (join ());
        ints "dropped" [] (drain t));
    on "close tells receivers the end" (fun t ->
        let first = receiver t and second = receiver t in
        Channel.close t;
        received "first" None (first ());
        received "second" None (second ()));
    on "stop tells receivers and senders" (fun t ->
        let first = receiver t in
        Channel.stop t;
        received "receiver" None (first ());
        let t = Channel.create ~capacity () in
        fill t;
        let second = sender t 10 in
        Channel.stop t;
        sent "sender" (Error 10) (second ()));
    on "a receiver that waits is found by try_send" (fun t ->
        let join = receiver t in
        while Channel.try_send t 1 <> Ok () do Thread.yield () done;
        received "found" (Some 1) (join ()));
    on "a sender that waits is found by try_receive" (fun t ->
        let join = sender t 1 in
        while Channel.try_receive t <> Ok 1 do Thread.yield () done;
        sent "found" (Ok ()) (join ()))

  let all ~rounds =
    alone ();
    List.iter (beside ~rounds) [ 0; 1; 2 ]
end
