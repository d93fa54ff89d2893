open Checking
open Channels

(* Nothing here needs a scheduler: a promise waits or it does not. *)
let state show what expected promise =
  let text = function
    | Lwt.Return x -> show x
    | Lwt.Fail e -> Printexc.to_string e
    | Lwt.Sleep -> "waits"
  in
  equal what Fun.id ~expected (text (Lwt.state promise))

let sent what expected promise =
  let show = function Ok () -> "sent" | Error x -> "back " ^ int x in
  state show what expected promise

let received what expected promise =
  let show = function None -> "the end" | Some x -> int x in
  state show what expected promise

let tried_send what expected result =
  let show = function
    | Ok () -> "sent"
    | Error (`Full x) -> "full, back " ^ int x
    | Error (`Closed x) -> "closed, back " ^ int x
  in
  equal what Fun.id ~expected (show result)

let tried_receive what expected result =
  let show = function
    | Ok x -> int x
    | Error `Empty -> "empty"
    | Error `Closed -> "closed"
  in
  equal what Fun.id ~expected (show result)

let drain t =
  let taken = ref [] in
  let all =
    Lwt_channel.iter (fun x -> Lwt.return (taken := x :: !taken)) t
  in
  state (fun () -> "ended") "iter" "ended" all;
  List.rev !taken

let channel () =
  let open Lwt_channel in
  test "a rendezvous completes when the other comes" (fun () ->
      let t = create ~capacity:0 () in
      tried_send "nobody" "full, back 1" (try_send t 1);
      let first = send t 1 in
      let second = send t 2 in
      sent "waits" "waits" first;
      received "first" "1" (receive t);
      sent "met" "sent" first;
      tried_receive "second" "2" (try_receive t);
      sent "met" "sent" second;
      tried_receive "nobody" "empty" (try_receive t);
      let receiver = receive t in
      received "waits" "waits" receiver;
      tried_send "met" "sent" (try_send t 3);
      received "met" "3" receiver);
  test "several senders wait for room, in order" (fun () ->
      let t = create ~capacity:1 () in
      sent "room" "sent" (send t 1);
      let second = send t 2 in
      let third = send t 3 in
      tried_send "full" "full, back 4" (try_send t 4);
      received "first" "1" (receive t);
      sent "second" "sent" second;
      sent "third" "waits" third;
      received "second" "2" (receive t);
      sent "third" "sent" third;
      received "third" "3" (receive t));
  test "a woken sender's next item comes after its own" (fun () ->
      let t = create ~capacity:2 () in
      let rec send_from n =
        if n > 6 then Lwt.return_unit
        else Lwt.bind (send t n) (fun _ -> send_from (n + 1))
      in
      let all = send_from 1 in
      for n = 1 to 6 do received "in order" (int n) (receive t) done;
      state (fun () -> "ended") "sender" "ended" all);
  test "several receivers wait, each takes an item once" (fun () ->
      let t = create () in
      let first = receive t in
      let second = receive t in
      sent "send" "sent" (send t 1);
      received "first" "1" first;
      received "second" "waits" second;
      sent "send" "sent" (send t 2);
      received "second" "2" second);
  test "unbounded: filled, closed, drained" (fun () ->
      let t = create () in
      let items = List.init 1000 Fun.id in
      List.iter (fun x -> sent "send" "sent" (send t x)) items;
      close t;
      equal "drained" ints ~expected:items (drain t);
      received "end" "the end" (receive t));
  test "close gives waiting senders their values" (fun () ->
      let t = create ~capacity:1 () in
      sent "room" "sent" (send t 1);
      let second = send t 2 in
      let third = send t 3 in
      close t;
      close t;
      sent "second" "back 2" second;
      sent "third" "back 3" third;
      sent "later" "back 4" (send t 4);
      tried_send "later" "closed, back 5" (try_send t 5);
      equal "buffered" ints ~expected:[ 1 ] (drain t);
      tried_receive "end" "closed" (try_receive t));
  test "close tells waiting receivers the end" (fun () ->
      let t = create ~capacity:0 () in
      let first = receive t in
      let second = receive t in
      close t;
      received "first" "the end" first;
      received "second" "the end" second);
  test "leave drops what is buffered" (fun () ->
      let t = create ~capacity:1 () in
      sent "room" "sent" (send t 1);
      let second = send t 2 in
      leave t;
      equal "closed" string_of_bool ~expected:true (is_closed t);
      sent "second" "back 2" second;
      equal "dropped" ints ~expected:[] (drain t));
  test "a cancelled receive takes nothing" (fun () ->
      let t = create () in
      let first = receive t in
      let second = receive t in
      Lwt.cancel first;
      sent "send" "sent" (send t 1);
      received "second" "1" second);
  test "a cancelled send sends nothing" (fun () ->
      let t = create ~capacity:0 () in
      let first = send t 1 in
      let second = send t 2 in
      Lwt.cancel first;
      received "second" "2" (receive t);
      sent "second" "sent" second);
  test "a negative capacity is refused" (fun () ->
      raises "create"
        (Invalid_argument
           "Lwt_channel.create: capacity is -1, expected 0 (a rendezvous) or \
            more") (fun () -> create ~capacity:(-1) ()))

let taker () =
  test "readers of a stream take each item once" (fun () ->
      let stream, push = Lwt_stream.create () in
      let take = Lwt_channel.taker stream in
      let first = take () in
      let second = take () in
      push (Some 1);
      received "first" "1" first;
      received "second" "waits" second;
      push (Some 2);
      received "second" "2" second;
      let third = take () in
      push None;
      received "third" "the end" third)

let () =
  channel ();
  taker ()
