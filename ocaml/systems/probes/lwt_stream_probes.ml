(** What [Lwt_stream] does beside pushing and getting. *)

open Lwt_stream

let state promise =
  match Lwt.state promise with
  | Return _ -> "resolved"
  | Sleep -> "sleeps"
  | Fail Lwt.Canceled -> "cancelled"
  | Fail e -> "rejected: " ^ Printexc.to_string e

(* What has come without waiting. *)
let got promise = match Lwt.state promise with Return v -> v | _ -> None
let elements = List.filter_map got

let two_gets () =
  let stream, push = create () in
  let first = get stream in
  let second = get stream in
  push (Some 1);
  [ Fact.ints "got" (elements [ first; second ]); Fact.int "pushed" 1 ]

let bounded_zero () =
  let stream, source = create_bounded 0 in
  let pushed = source#push 1 in
  let taken = get stream in
  let before = (state pushed, state taken) in
  source#close;
  [ Fact.text "push" (fst before);
    Fact.text "get" (snd before);
    Fact.text "push_after_close" (state pushed);
    Fact.bool "get_none_after_close" (Lwt.state taken = Return None) ]

let second_push () =
  let _, source = create_bounded 1 in
  let pushes = List.map source#push [ 1; 2; 3 ] in
  [ Fact.texts "pushes" (List.map state pushes) ]

let bounded_close () =
  let stream, source = create_bounded 1 in
  ignore (source#push 1);
  let waits = source#push 2 in
  source#close;
  [ Fact.text "waiting_push" (state waits);
    Fact.ints "kept" (elements [ get stream; get stream ]);
    Fact.text "later_push" (state (source#push 3));
    Fact.text "second_close" (Fact.raised (fun () -> source#close)) ]

let unbounded_close () =
  let stream, push = create () in
  push (Some 1);
  push None;
  [ Fact.ints "kept" (elements [ get stream; get stream ]);
    Fact.text "later_push" (Fact.raised (fun () -> push (Some 2)));
    Fact.text "second_close" (Fact.raised (fun () -> push None)) ]

let closed_before_drain () =
  let stream, push = create () in
  push (Some 1);
  push None;
  let told = state (closed stream) in
  [ Fact.text "closed" told; Fact.ints "left" (get_available stream) ]

(* Newer versions raise at once what older ones put into the promise. *)
let exception_in_from () =
  let asked = ref 0 in
  let next () =
    incr asked;
    if !asked = 1 then Lwt.fail Exit else Lwt.return_some !asked
  in
  let stream = from next in
  let first = state (Lwt.catch (fun () -> get stream) Lwt.fail) in
  [ Fact.text "first" first;
    Fact.bool "closed" (is_closed stream);
    Fact.ints "then" (elements [ get stream ]) ]

let combine_swallows () =
  let long = of_list [ 1; 2; 3 ] and short = of_list [ 1 ] in
  let both = combine long short in
  let pairs = List.filter_map got [ get both; get both ] in
  [ Fact.int "pairs" (List.length pairs);
    Fact.ints "left" (get_available long) ]

let choose_prefetches () =
  let one = of_list [ 1; 2 ] and other = of_list [ 1; 2 ] in
  let merged = choose [ one; other ] in
  let first = elements [ get merged ] in
  let left = List.concat_map get_available [ one; other ] in
  [ Fact.int "got" (List.length first);
    Fact.int "taken_from_sources" (4 - List.length left) ]

let clones () =
  let stream, push = create () in
  let copy = clone stream in
  push (Some 1);
  push (Some 2);
  let bounded, _ = create_bounded 1 in
  [ Fact.ints "stream" (get_available stream);
    Fact.ints "clone" (get_available copy);
    Fact.text "of_bounded" (Fact.raised (fun () -> clone bounded)) ]

let resize () =
  let stream, source = create_bounded 3 in
  List.iter (fun n -> ignore (source#push n)) [ 1; 2; 3 ];
  source#resize 1;
  let count = source#count in
  let waits = source#push 4 in
  let before = state waits in
  ignore (get stream);
  [ Fact.int "count" count;
    Fact.text "push" before;
    Fact.text "push_after_one_get" (state waits);
    Fact.int "count_after" source#count ]

(* A stream that is created holds what was pushed; one that is made by [from]
   asks only when it is read. *)
let create_and_from () =
  let stream, push = create () in
  List.iter (fun n -> push (Some n)) [ 1; 2 ];
  let asked = ref 0 in
  let next () = incr asked; Lwt.return_some !asked in
  let lazily = from next in
  let before = !asked in
  ignore (get lazily);
  [ Fact.ints "create_holds" (get_available stream);
    Fact.int "from_asked_before_get" before;
    Fact.int "from_asked_after_get" !asked ]

let pick_loses () =
  let one = of_list [ 1 ] and other = of_list [ 2 ] in
  let picked = Lwt.pick [ get one; get other ] in
  [ Fact.int "got" (List.length (elements [ picked ]));
    Fact.int "left" (List.length (get_available one @ get_available other));
    Fact.int "of" 2 ]

let cancelled_get () =
  let stream, push = create () in
  let early = get stream and late = get stream in
  ignore early;
  Lwt.cancel late;
  push (Some 1);
  let before = state late in
  Lwt.cancel early;
  [ Fact.text "cancelled_before_push" before;
    Fact.ints "cancelled_after_push" (elements [ early ]) ]

let all =
  [ ("lwt_stream_two_gets", two_gets);
    ("lwt_stream_bounded_zero", bounded_zero);
    ("lwt_stream_second_push", second_push);
    ("lwt_stream_bounded_close", bounded_close);
    ("lwt_stream_unbounded_close", unbounded_close);
    ("lwt_stream_closed_before_drain", closed_before_drain);
    ("lwt_stream_exception_in_from", exception_in_from);
    ("lwt_stream_combine_swallows", combine_swallows);
    ("lwt_stream_choose_prefetches", choose_prefetches);
    ("lwt_stream_clones", clones);
    ("lwt_stream_resize", resize);
    ("lwt_stream_create_and_from", create_and_from);
    ("lwt_stream_pick_loses", pick_loses);
    ("lwt_stream_cancelled_get", cancelled_get) ]
