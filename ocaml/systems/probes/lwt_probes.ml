(** What Lwt's other means do. *)

let waits promise = Lwt.is_sleeping promise

let signal_lost () =
  let condition = Lwt_condition.create () in
  Lwt_condition.signal condition ();
  let late = Lwt_condition.wait condition in
  let before = waits late in
  Lwt_condition.signal condition ();
  [ Fact.bool "waits_after_early_signal" before;
    Fact.bool "waits_after_signal" (waits late) ]

let cancelled_take () =
  let mvar = Lwt_mvar.create_empty () in
  let taken = Lwt_mvar.take mvar in
  ignore (Lwt_mvar.put mvar 1);
  Lwt.cancel taken;
  [ Fact.bool "has_its_value" (Lwt.state taken = Return 1);
    Fact.bool "given_back" (not (Lwt_mvar.is_empty mvar)) ]

let pick_loses () =
  let one = Lwt_mvar.create 1 and other = Lwt_mvar.create 2 in
  let picked = Lwt.pick [ Lwt_mvar.take one; Lwt_mvar.take other ] in
  let full mvar = not (Lwt_mvar.is_empty mvar) in
  [ Fact.int "got" (if waits picked then 0 else 1);
    Fact.int "left" (List.length (List.filter full [ one; other ]));
    Fact.int "of" 2 ]

let all =
  [ ("lwt_condition_signal_lost", signal_lost);
    ("lwt_mvar_cancelled_take", cancelled_take);
    ("lwt_mvar_pick_loses", pick_loses) ]
