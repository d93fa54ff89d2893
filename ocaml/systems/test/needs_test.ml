(* What programs need, by the names of the protocol. *)

open Checking
open Meaning
open Systems

let need (kind, op) = Option.value ~default:"-" kind ^ " " ^ op

let needs what ?(dialect = Dialect.strictest) lines expected =
  test what (fun () ->
      let program = Notation.program (String.concat "\n" lines) in
      (match Program_check.check program with
      | Ok () -> ()
      | Error mistake -> fail "the program" mistake);
      equal "needs" (String.concat ", ")
        ~expected:(List.sort compare expected)
        (List.sort compare
           (List.map need (Needs.of_program dialect program))))

let fails = { Dialect.strictest with send_on_closed = Fails }
let on kind = List.map (fun op -> kind ^ " " ^ op)

let () =
  needs "sends and receives"
    [ "program p"; "channel c bounded 1";
      "A              | B";
      "c ! 1          | c ?";
      "try c ! 1      | try c ?";
      "c ! 1 within 1 | c ? within 1";
      "sleep 1        | each c ?";
      "close c        | end" ]
    ("- sleep"
    :: on "bounded"
         [ "send"; "recv"; "try_send"; "try_recv"; "send_within";
           "recv_within"; "close"; "each" ]);
  needs "selects, and many at one side"
    [ "program p"; "channel c rendezvous"; "channel d unbounded";
      "A                            | B     | C";
      "select c ? or d ! 1          | c ! 1 | c ! 1";
      "select c ? or default        | d ?   | d ?";
      "biased select c ? or after 1 |       |" ]
    (on "rendezvous"
       [ "select_recv"; "select_default"; "select_after"; "select_biased";
         "send"; "many_senders" ]
    @ on "unbounded" [ "select_send"; "recv"; "many_receivers" ]);
  needs "handles, futures, permits and processes"
    [ "program p"; "channel c mvar";
      "A               | B             | C";
      "clone c !       | clone c ?     |";
      "drop c !        | drop c ?      |";
      "start f = c ! 1 | start f = c ? |";
      "cancel f        | cancel f      |";
      "reserve c as p  |               |";
      "fulfil p ! 2    |               |";
      "reserve c as q  |               |";
      "drop q          |               |";
      "spawn C         |               |";
      "join C          |               |" ]
    ([ "- spawn"; "- join" ]
    @ on "mvar"
        [ "clone_sender"; "clone_receiver"; "drop_sender"; "drop_receiver";
          "start_send"; "start_recv"; "cancel_send"; "cancel_recv"; "reserve";
          "fulfil"; "release" ]);
  needs "who receives where nobody sends is told so"
    [ "program p"; "channel c unbounded"; "A"; "c ?" ]
    (on "unbounded" [ "recv"; "drop_sender" ]);
  needs "who may find no value may leave the last end"
    [ "program p"; "channel c unbounded"; "channel d bounded 1";
      "A         | B";
      "try c ? x | c ! 1";
      "d ! 1     | d ?" ]
    (on "unbounded" [ "send"; "try_recv"; "drop_receiver" ]
    @ on "bounded" [ "send"; "recv"; "drop_sender" ]);
  let refused =
    [ "program p"; "channel c unbounded"; "channel d bounded 1";
      "A     | B";
      "c ! 1 | c ?";
      "d ! 1 | d ?";
      "      | close c" ]
  and plain =
    on "unbounded" [ "send"; "recv"; "close" ] @ on "bounded" [ "send"; "recv" ]
  in
  needs "a send that is refused goes on" refused plain;
  needs "a send that fails leaves the other channel" ~dialect:fails refused
    ("bounded drop_sender" :: plain)
