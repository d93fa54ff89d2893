(* The semantics of the standard library's Event, on the standard library's and
   on ours: the same program, the same observations. *)

open Checking

module _ : module type of Event = Chanpatterns.Event

module Semantics (Event : module type of Event) = struct
  open Event

  let start role = Thread.create (fun () -> role ())
  let log = ref []
  let note what = log := what :: !log
  let logged what expected =
    let found = List.rev !log in
    log := [];
    equal what (String.concat " ") ~expected found

  (* Polls until a partner waits. *)
  let rec meet event =
    match poll event with
    | Some x -> x
    | None -> Thread.yield (); meet event

  let nothing () =
    let empty = Invalid_argument "Event.choose" in
    raises "sync" empty (fun () -> sync (choose []));
    raises "select" empty (fun () -> select []);
    raises "poll" empty (fun () -> poll (choose [ choose [] ]));
    equal "beside another" int ~expected:1 (select [ choose []; always 1 ])

  let uniform () =
    let counts = Array.make 4 0 in
    let leaf n = always n in
    let nested = choose [ leaf 0; choose [ leaf 1; choose [ leaf 2; leaf 3 ] ] ] in
    for _ = 1 to 20_000 do
      let n = sync nested in
      counts.(n) <- counts.(n) + 1
    done;
    Array.iter
      (fun n -> if n < 4_600 || n > 5_400 then fail "uniform" (ints (Array.to_list counts)))
      counts

  (* Guards from left to right, the losers' too; then wraps, inside out; then
     the aborts, the last first. *)
  let order () =
    let noted what event = guard (fun () -> note what; event) in
    let never () = receive (new_channel ()) in
    let loser what = wrap_abort (noted ("guard " ^ what) (never ())) (fun () -> note what) in
    let winner =
      wrap (wrap (noted "guard w" (always 1)) (fun n -> note "inner"; n + 1))
        (fun n -> note "outer"; n + 1)
    in
    let winner = wrap_abort winner (fun () -> note "winner's") in
    let nested = wrap_abort (choose [ loser "b"; loser "c" ]) (fun () -> note "bc") in
    equal "result" int ~expected:3 (select [ loser "a"; winner; nested ]);
    logged "order"
      [ "guard a"; "guard w"; "guard b"; "guard c"; "inner"; "outer"; "c"; "b";
        "bc"; "a" ]

  let around_a_choice () =
    let never () = receive (new_channel ()) in
    let part = wrap_abort (choose [ never (); always 1 ]) (fun () -> note "part") in
    ignore (select [ part; wrap_abort (never ()) (fun () -> note "other") ]);
    logged "a leaf inside wins" [ "other" ];
    let both = choose [ part; wrap_abort (never ()) (fun () -> note "other") ] in
    ignore (poll (wrap both ignore));
    logged "a poll that succeeds" [ "other" ]

  let failed_poll () =
    let never what = wrap_abort (receive (new_channel ())) (fun () -> note what) in
    let nothing = poll (choose [ never "a"; wrap_abort (choose [ never "b" ]) (fun () -> note "c") ]) in
    equal "nothing" string_of_bool ~expected:true (nothing = (None : int option));
    logged "all aborts" [ "b"; "c"; "a" ]

  let exceptions () =
    let channel = new_channel () in
    let partner = start (fun () -> sync (send channel 1); note "partner") () in
    let abort = wrap_abort (receive (new_channel ())) (fun () -> note "abort") in
    let fails = wrap (receive channel) (fun _ -> failwith "wrap") in
    raises "wrap" (Failure "wrap") (fun () -> select [ abort; fails ]);
    Thread.join partner;
    logged "the partner has committed, no abort" [ "partner" ];
    let guarded = guard (fun () -> note "guard"; failwith "guard") in
    raises "guard" (Failure "guard") (fun () ->
        select [ abort; guarded; guard (fun () -> note "later"; always 1) ]);
    logged "nothing after" [ "guard" ];
    let bad = wrap_abort (receive (new_channel ())) (fun () -> failwith "abort") in
    raises "abort" (Failure "abort") (fun () -> select [ abort; bad; always 1 ]);
    logged "no more aborts" []

  let again () =
    let channel = new_channel () and replies = new_channel () in
    let count = ref 0 in
    let event = choose [ send channel 5; wrap (receive replies) ignore ] in
    let counted = guard (fun () -> incr count; event) in
    let partner = start (fun () -> for _ = 1 to 3 do ignore (sync (receive channel)) done) () in
    for _ = 1 to 3 do sync counted done;
    Thread.join partner;
    equal "guards" int ~expected:3 !count

  let not_oneself () =
    let channel = new_channel () in
    let both = choose [ send channel 1; wrap (receive channel) ignore ] in
    equal "alone" string_of_bool ~expected:true (poll both = None);
    let partner = start (fun () -> sync both) () in
    meet both;
    Thread.join partner

  (* Several on both ends, plain and in choices: nothing lost, nothing twice. *)
  let many () =
    let a = new_channel () and b = new_channel () in
    let produce me () =
      for n = 1 to 500 do
        if n mod 2 = 0 then select [ send a (me, n); send b (me, n) ]
        else sync (send a (me, n))
      done
    in
    let sum = Array.make 3 0 in
    let consume me () =
      for n = 1 to 500 do
        let got =
          if n mod 2 = 0 then select [ receive b; receive a ]
          else select [ receive a; wrap (receive b) Fun.id ]
        in
        sum.(me) <- sum.(me) + snd got
      done
    in
    let threads =
      List.concat_map (fun me -> [ start (produce me) (); start (consume me) () ]) [ 0; 1; 2 ]
    in
    List.iter Thread.join threads;
    equal "sum" int ~expected:(3 * 500 * 501 / 2) (Array.fold_left ( + ) 0 sum)

  let all name =
    let test what f = Checking.test (name ^ ": " ^ what) f in
    test "a choice of nothing" nothing;
    test "uniform" uniform;
    test "order" order;
    test "around a choice" around_a_choice;
    test "a poll that fails" failed_poll;
    test "exceptions" exceptions;
    test "again" again;
    test "not oneself" not_oneself;
    test "many" many
end

module Standard = Semantics (Event)
module Ours = Semantics (Chanpatterns.Event)

let () =
  Standard.all "Event";
  Ours.all "Chanpatterns.Event"
