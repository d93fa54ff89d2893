(* Lines go through workers to a collector that is in no hurry for ever.

   Run it: dune exec examples/pipeline.exe *)

open Chanpatterns

(* A bound on each channel: who is faster waits for who is slower. *)
let lines = Channel.bounded 4
let lengths = Channel.bounded 4

let read () =
  List.iter (Channel.send_exn lines)
    [ "a channel is a value"; "closed by hand"; "drained to the end" ];
  Channel.close lines

let work () =
  Channel.iter (fun l -> Channel.send_exn lengths (l, String.length l)) lines

(* The next length, or none when there are no more, or not in time. *)
let next =
  Event.choose
    [ Channel.recv_event lengths;
      Event.wrap (Event.after 60.) (fun () -> None) ]

let rec collect all =
  match Event.sync next with
  | Some item -> collect (item :: all)
  | None -> List.sort compare all

let () =
  let reader = Thread.create read () in
  let workers = List.init 2 (Thread.create (fun _ -> work ())) in
  (* The last worker's end is the end of the lengths. *)
  let closer =
    Thread.create (fun () ->
        List.iter Thread.join workers;
        Channel.close lengths) ()
  in
  List.iter (fun (l, n) -> Printf.printf "%2d  %s\n" n l) (collect []);
  List.iter Thread.join [ reader; closer ]
