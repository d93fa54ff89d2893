(* What the probes find. *)

open Checking

let none = "Invalid_argument(\"Event.choose\")"
let closed = "rejected: Lwt_stream.Closed"
let text s : Yojson.Safe.t = `String s
let ints l : Yojson.Safe.t = `List (List.map (fun n -> `Int n) l)

let expected : (string * (string * Yojson.Safe.t) list) list =
  [
    ("event_choose_nothing", [ ("sync", text none); ("poll", text none) ]);
    ("event_flat_choice",
     [ ("leaves", `Int 3); ("each_a_third", `Bool true);
       ("first_a_half", `Bool false) ]);
    ("event_failed_poll",
     [ ("none", `Bool true); ("aborts", `Int 3); ("of", `Int 3) ]);
    ("event_wrap_then_abort",
     [ ("order", `List [ text "wrap"; text "abort" ]) ]);
    ("event_abort_around_choice", [ ("aborts", `Int 0) ]);
    ("event_exception_in_wrap",
     [ ("sync", text "Stdlib.Exit"); ("partner_committed", `Bool true);
       ("aborts", `Int 0) ]);
    ("event_guards", [ ("forced", `Int 3); ("of", `Int 3) ]);
    ("event_poll_against_poll", [ ("met", `Int 0); ("of", `Int 20_000) ]);
    ("event_signal_in_sync",
     [ ("handled_in_sync", `Bool false);
       ("handled_by_other_thread", `Bool true) ]);
    ("event_several_senders",
     [ ("senders", `Int 4); ("received", `Int 200); ("twice", `Int 0) ]);
    ("event_synchronous",
     [ ("sent_alone", `Bool false); ("sent_after_receive", `Bool true);
       ("received", `Int 2) ]);
    ("event_thread_exception",
     [ ("join", text "returns"); ("partner_told", `Bool false) ]);
    ("lwt_stream_two_gets", [ ("got", ints [ 1; 1 ]); ("pushed", `Int 1) ]);
    ("lwt_stream_bounded_zero",
     [ ("push", text "sleeps"); ("get", text "sleeps");
       ("push_after_close", text closed);
       ("get_none_after_close", `Bool true) ]);
    ("lwt_stream_second_push",
     [ ("pushes",
        `List
          [ text "resolved"; text "sleeps"; text "rejected: Lwt_stream.Full" ])
     ]);
    ("lwt_stream_bounded_close",
     [ ("waiting_push", text closed); ("kept", ints [ 1 ]);
       ("later_push", text closed); ("second_close", text "returns") ]);
    ("lwt_stream_unbounded_close",
     [ ("kept", ints [ 1 ]); ("later_push", text "Lwt_stream.Closed");
       ("second_close", text "Lwt_stream.Closed") ]);
    ("lwt_stream_closed_before_drain",
     [ ("closed", text "resolved"); ("left", ints [ 1 ]) ]);
    ("lwt_stream_exception_in_from",
     [ ("first", text "rejected: Stdlib.Exit"); ("closed", `Bool false);
       ("then", ints [ 2 ]) ]);
    ("lwt_stream_combine_swallows",
     [ ("pairs", `Int 1); ("left", ints [ 3 ]) ]);
    ("lwt_stream_choose_prefetches",
     [ ("got", `Int 1); ("taken_from_sources", `Int 3) ]);
    ("lwt_stream_clones",
     [ ("stream", ints [ 1; 2 ]); ("clone", ints [ 1; 2 ]);
       ("of_bounded", text "Invalid_argument(\"Lwt_stream.clone\")") ]);
    ("lwt_stream_resize",
     [ ("count", `Int 3); ("push", text "sleeps");
       ("push_after_one_get", text "resolved"); ("count_after", `Int 3) ]);
    ("lwt_stream_create_and_from",
     [ ("create_holds", ints [ 1; 2 ]); ("from_asked_before_get", `Int 0);
       ("from_asked_after_get", `Int 1) ]);
    ("lwt_stream_pick_loses",
     [ ("got", `Int 1); ("left", `Int 0); ("of", `Int 2) ]);
    ("lwt_stream_cancelled_get",
     [ ("cancelled_before_push", text "cancelled");
       ("cancelled_after_push", ints [ 1 ]) ]);
    ("lwt_condition_signal_lost",
     [ ("waits_after_early_signal", `Bool true);
       ("waits_after_signal", `Bool false) ]);
    ("lwt_mvar_cancelled_take",
     [ ("has_its_value", `Bool true); ("given_back", `Bool false) ]);
    ("lwt_mvar_pick_loses",
     [ ("got", `Int 1); ("left", `Int 0); ("of", `Int 2) ]);
    ("domainslib_rendezvous",
     [ ("sent_alone", `Bool false); ("sent_after_receive", `Bool true);
       ("received", `Int 2) ]);
    ("domainslib_places", [ ("accepted", `Int 2) ]);
    ("domainslib_negative",
     [ ("make_bounded", text "Invalid_argument(\"Chan.make_bounded\")") ]);
  ]

let () =
  let check (name, facts) =
    test name (fun () ->
        let show facts = Yojson.Safe.to_string (`Assoc facts) in
        match List.assoc_opt name expected with
        | Some expected -> equal "facts" show ~expected (facts ())
        | None -> fail "facts" "what it finds is not written down here")
  in
  List.iter check Probes.all;
  let is_there (name, _) =
    if not (List.mem_assoc name Probes.all) then
      match Channels.Domains.available with
      | Error why when String.sub name 0 10 = "domainslib" -> skip name why
      | _ -> test name (fun () -> fail "probe" "there is none")
  in
  List.iter is_there expected
