(* Each rule of meaning.mld, in its order. What is expected was found by
   reasoning from the text. *)

open Meaning
open Program
open Build

let c = [ ("c", Rendezvous) ]
let one = [ ("c", Bounded 1) ]
let two = [ ("c", Bounded 2) ]
let any = [ ("c", Unbounded) ]
let race = Semantics.Race

(* Programs, handles, steps *)

let () =
  means "crossed rendezvous"
    (program
       [ ("c", Rendezvous); ("d", Rendezvous) ]
       [ ("A", [ send "c" 1; recv "d" ]); ("B", [ send "d" 2; recv "c" ]) ])
    [ "A waits at 1; B waits at 1" ];
  means "a process of nothing is done" (program [] [ ("A", []) ]) [ "A done" ];
  means "only the observed"
    (program ~observe:[ "B" ] one
       [ ("A", [ send "c" 1 ]); ("B", [ recv "c" ]) ])
    [ "B 1 done" ];
  means "operations are counted with those of bodies"
    (program one
       [ ("A", [ repeat 2 [ send "c" 1 ]; close "c"; join "B" ]);
         ("B", [ each "c" ~body:[ sleep 1; sleep 1 ]; join "A" ]) ])
    [ "A sent sent closed waits at 4; B 1 1 waits at 4" ];
  means "who waits within a body"
    (program
       [ ("c", Bounded 1); ("d", Bounded 1) ]
       [ ("A", [ send "c" 1 ]); ("B", [ each "c" ~body:[ recv "d" ] ]);
         ("C", [ join "B"; send "d" 1 ]) ])
    [ "A sent done; B 1 waits at 2; C waits at 1" ];
  means "the end of a process drops nothing"
    (program one [ ("A", [ send "c" 1 ]); ("B", [ each "c" ]) ])
    [ "A sent done; B 1 waits at 1" ];
  means "the last sender's drop ends an each"
    (program one
       [ ("A", [ send "c" 1; drop_sender "c" ]); ("B", [ each "c" ]) ])
    [ "A sent done; B 1 done" ];
  means "a clone keeps a side alive"
    (program one
       [ ("A", [ clone_sender "c"; drop_sender "c" ]); ("B", [ recv "c" ]) ])
    [ "A done; B waits at 1" ];
  means "who never begins has handles"
    (program one
       [ ("A", [ recv "c" ]); ("B", [ sleep 1; send "c" 1 ]);
         ("C", [ recv "c"; spawn "B" ]) ])
    [ "A waits at 1; B idle; C waits at 1" ];
  means "spawn and join"
    (program any
       [ ("A", [ spawn "B"; join "B"; try_recv "c" ]);
         ("B", [ send "c" 1 ]) ])
    [ "A 1 done; B sent done" ];
  means "what was bound is sent on"
    (program
       [ ("c", Bounded 1); ("d", Bounded 1) ]
       [ ("A", [ send "c" 7 ]);
         ("B", [ recv ~bind:"x" "c"; send_name "d" "x" ]); ("C", [ recv "d" ]) ])
    [ "A sent done; B 7 sent done; C 7 done" ];
  means "an arm that was not taken bound nothing"
    (program
       [ ("c", Bounded 1); ("d", Bounded 1) ]
       [ ("A",
          [ select ~default:true [ taking ~bind:"x" "c" ]; send_name "d" "x" ]);
         ("B", [ join "A"; send "c" 1 ]) ])
    [ "A default failed: no value; B closed done" ]

(* Send and receive, buffered *)

let () =
  means "first in, first out"
    (program two
       [ ("A", [ send "c" 1; send "c" 2 ]); ("B", [ recv "c"; recv "c" ]) ])
    [ "A sent sent done; B 1 2 done" ];
  means "no room"
    (program one [ ("A", [ send "c" 1; try_send "c" 2; send "c" 3 ]);
                   ("B", [ join "A"; recv "c" ]) ])
    [ "A sent full waits at 3; B waits at 1" ];
  means "an empty buffer"
    (program one [ ("A", [ try_recv "c" ]); ("B", [ join "A"; send "c" 1 ]) ])
    [ "A empty done; B sent done" ];
  (* A and B wait in either order, and are served in it. *)
  means "hand-off, in order of arrival"
    (program ~observe:[ "A"; "B"; "C" ] one
       [ ("A", [ recv "c" ]); ("B", [ sleep 1; recv "c" ]);
         ("C", [ sleep 2; send "c" 1; try_send "c" 2; try_send "c" 3;
                 try_send "c" 4 ]) ])
    [ "A 1 done; B 2 done; C sent sent sent full done" ];
  (* Not handed off: the second send finds the value still there, or not. *)
  means "without hand-off"
    ~dialect:{ dialect with hand_off = Never }
    (program one
       [ ("A", [ recv "c" ]); ("C", [ sleep 1; send "c" 1; try_send "c" 2 ]) ])
    [ "A 1 done; C sent sent done"; "A 1 done; C sent full done" ];
  means "without hand-off, with FIFO: nobody overtakes"
    ~dialect:{ dialect with hand_off = Never }
    (program one
       [ ("A", [ recv "c" ]); ("C", [ sleep 1; send "c" 1; try_recv "c" ]) ])
    [ "A 1 done; C sent empty done" ];
  means "without both: who arrives may be first"
    ~dialect:{ dialect with hand_off = Never; fifo = Never }
    (program one
       [ ("A", [ recv "c" ]); ("C", [ sleep 1; send "c" 1; try_recv "c" ]) ])
    [ "A 1 done; C sent empty done"; "A waits at 1; C sent 1 done" ];
  means "above capacity 1 neither holds"
    (program two
       [ ("A", [ recv "c" ]); ("C", [ sleep 1; send "c" 1; try_recv "c" ]) ])
    [ "A 1 done; C sent empty done"; "A waits at 1; C sent 1 done" ];
  means "hand-off without FIFO: any of those who wait"
    ~dialect:{ dialect with fifo = Never }
    (program one
       [ ("A", [ recv "c" ]); ("B", [ sleep 1; recv "c" ]);
         ("C", [ sleep 2; send "c" 1 ]) ])
    [ "A 1 done; B waits at 2; C sent done";
      "A waits at 1; B 1 done; C sent done" ];
  means "a receive lets a waiting sender in, at once"
    (program one
       [ ("A", [ send "c" 1; send "c" 2 ]);
         ("B", [ sleep 1; recv "c"; try_send "c" 3; recv "c" ]) ])
    [ "A sent sent done; B 1 full 2 done" ]

(* Rendezvous *)

let () =
  means "a send and a receive meet"
    (program c [ ("A", [ send "c" 1 ]); ("B", [ recv "c" ]) ])
    [ "A sent done; B 1 done" ];
  means "a try meets only one that waits"
    (program c [ ("A", [ try_send "c" 1 ]); ("B", [ recv "c" ]) ])
    [ "A full done; B waits at 1"; "A sent done; B 1 done" ];
  means "two tries never meet"
    (program c [ ("A", [ try_send "c" 1 ]); ("B", [ try_recv "c" ]) ])
    [ "A full done; B empty done" ];
  means "the first that waits is met"
    (program c
       [ ("A", [ recv "c" ]); ("B", [ sleep 1; recv "c" ]);
         ("C", [ sleep 2; send "c" 1 ]) ])
    [ "A 1 done; B waits at 2; C sent done" ];
  means "without FIFO any"
    ~dialect:{ dialect with fifo = Never }
    (program c
       [ ("A", [ recv "c" ]); ("B", [ sleep 1; recv "c" ]);
         ("C", [ sleep 2; send "c" 1 ]) ])
    [ "A 1 done; B waits at 2; C sent done";
      "A waits at 1; B 1 done; C sent done" ];
  means "two arms of one select do not meet"
    (program c [ ("A", [ select [ giving "c" 1; taking "c" ] ]) ])
    [ "A waits at 1" ];
  means "two selects meet either way"
    (program c
       [ ("A", [ select [ giving "c" 1; taking "c" ] ]);
         ("B", [ select [ giving "c" 2; taking "c" ] ]) ])
    [ "A 1:sent done; B 2:1 done"; "A 2:2 done; B 1:sent done" ];
  means "a future meets its own process"
    (program c [ ("A", [ start "f" (taking "c"); send "c" 1; await "f" ]) ])
    [ "A sent 1 done" ]

(* Select *)

let () =
  let ready =
    [ send "c" 1; send "d" 2; select [ taking "c"; taking "d" ] ]
  and channels = [ ("c", Bounded 1); ("d", Bounded 1) ] in
  means "any arm that can complete"
    (program channels [ ("A", ready) ])
    [ "A sent sent 1:1 done"; "A sent sent 2:2 done" ];
  means "biased: the first that can"
    (program channels
       [ ("A", [ send "d" 2;
                 select ~biased:true [ taking "c"; taking "d"; giving "c" 1 ] ])
       ])
    [ "A sent 2:2 done" ];
  means "a dialect in which every select is biased"
    ~dialect:{ dialect with first_arm = true }
    (program channels [ ("A", ready) ])
    [ "A sent sent 1:1 done" ];
  means "default where no arm can"
    (program channels
       [ ("A", [ select ~default:true [ taking "c" ]; send "c" 1;
                 select ~default:true [ taking "c" ] ]) ])
    [ "A default sent 1:1 done" ];
  means "completing one arm withdraws the others"
    (program channels
       [ ("A", [ select [ taking "c"; taking "d" ] ]);
         ("B", [ sleep 1; send "d" 2; send "c" 1; try_send "c" 3 ]) ])
    [ "A 2:2 done; B sent sent full done" ];
  means "a closed arm can complete"
    (program channels
       [ ("A", [ close "d"; select [ taking "c"; taking "d" ] ]);
         ("B", [ join "A"; send "c" 1 ]) ])
    [ "A closed 2:closed done; B sent done" ]

(* Closing *)

let () =
  means "a send on what is closed"
    (program one [ ("A", [ close "c"; send "c" 1; close "c" ]);
                   ("B", [ join "A"; recv "c" ]) ])
    [ "A closed closed already done; B closed done" ];
  means "what is buffered stays"
    (program one [ ("A", [ send "c" 1; close "c"; recv "c"; recv "c" ]) ])
    [ "A sent closed 1 closed done" ];
  means "no receiver lives"
    (program one [ ("A", [ send "c" 1 ]) ]) [ "A closed done" ];
  means "who waits is told"
    (program one
       [ ("A", [ send "c" 1; send "c" 2 ]);
         ("B", [ sleep 1; close "c"; recv "c"; recv "c" ]) ])
    [ "A sent closed done; B closed 1 closed done" ];
  means "a send on what is closed fails its process"
    ~dialect:{ dialect with send_on_closed = Fails }
    (program one
       [ ("A", [ close "c"; send "c" 1; sleep 1 ]); ("B", [ recv "c" ]) ])
    [ "A closed failed: send on closed; B closed done" ];
  means "a send on what is closed waits for ever"
    ~dialect:{ dialect with send_on_closed = Waits }
    (program one
       [ ("A", [ close "c"; try_send "c" 1; send "c" ~within:1 2; send "c" 3 ]);
         ("B", [ recv "c" ]) ])
    [ "A closed full timeout waits at 4; B closed done" ];
  means "closed twice fails"
    ~dialect:{ dialect with close_twice = Fail }
    (program one [ ("A", [ close "c"; close "c" ]) ])
    [ "A closed failed: closed twice" ];
  let dropped =
    program one [ ("A", [ send "c" 1; drop_sender "c"; close "c"; close "c" ]);
                  ("B", [ recv "c" ]) ]
  in
  means "a close after the drop is the first" dropped
    [ "A sent closed already done; B 1 done" ];
  means "a close after the drop is told of it"
    ~dialect:{ dialect with drop_closes = true }
    dropped
    [ "A sent already already done; B 1 done" ];
  means "a receive that binds and gets no value fails"
    (program one [ ("A", [ close "c"; recv ~bind:"x" "c" ]) ])
    [ "A closed closed failed: no value" ];
  means "nothing meets where no sender handle lives"
    (program c
       [ ("A", [ start "f" (giving "c" 1); drop_sender "c"; await "f" ]);
         ("B", [ sleep 1; recv "c" ]) ])
    [ "A waits at 3; B closed done" ]

(* Futures *)

let () =
  means "a future completes while its process does something else"
    (program c
       [ ("A", [ start "f" (taking "c"); sleep 2; await "f" ]);
         ("B", [ sleep 1; try_send "c" 1 ]) ])
    [ "A 1 done; B sent done" ];
  means "by itself it does nothing until it is awaited"
    (program two
       [ ("A", [ start "f" (taking "c"); sleep 2; await "f" ]);
         ("B", [ sleep 1; send "c" 1; join "C" ]);
         ("C", [ sleep 1; sleep 0; sleep 2; try_recv "c" ]) ])
    [ "A 1 done; B sent done; C empty done" ];
  means "a future that waits is cancelled"
    (program one
       [ ("A", [ start "f" (taking "c"); cancel "f"; try_send "c" 1;
                 try_recv "c" ]) ])
    [ "A cancelled sent 1 done" ];
  means "a future that has sent gives its result"
    (program one
       [ ("A", [ start "f" (giving "c" 1); cancel "f"; recv "c" ]) ])
    [ "A sent 1 done" ];
  means "what a receive got at its start is its own"
    (program two
       [ ("A", [ send "c" 1; send "c" 2; start "f" (taking "c"); cancel "f";
                 recv "c"; try_recv "c" ]) ])
    [ "A sent sent 1 2 empty done" ];
  means "a value that was handed over is given back"
    (program one
       [ ("A", [ start "f" (taking "c"); send "c" 1; cancel "f"; recv "c" ]) ])
    [ "A sent cancelled 1 done" ];
  means "or is lost"
    ~dialect:{ dialect with keeps_cancelled = false }
    (program one
       [ ("A", [ start "f" (taking "c"); send "c" 1; cancel "f";
                 try_recv "c" ]) ])
    [ "A sent cancelled empty done" ];
  means "on a rendezvous it is received before anybody is met"
    (program c
       [ ("A", [ start "f" (taking "c"); sleep 2; cancel "f" ]);
         ("B", [ sleep 1; send "c" 1; send "c" ~within:5 2 ]);
         ("C", [ sleep 3; recv "c" ]) ])
    [ "A cancelled done; B sent timeout done; C 1 done" ];
  means "a value given back is handed to who waits"
    (program c
       [ ("A", [ start "f" (taking "c"); sleep 3; cancel "f" ]);
         ("B", [ sleep 1; send "c" 1 ]); ("C", [ sleep 2; recv "c" ]) ])
    [ "A cancelled done; B sent done; C 1 done" ];
  means "on a rendezvous it is handed on in every dialect"
    ~dialect:{ dialect with fifo = Never; hand_off = Never }
    (program c
       [ ("A", [ start "f" (taking "c"); sleep 3; cancel "f"; try_recv "c" ]);
         ("B", [ sleep 1; send "c" 1 ]); ("C", [ sleep 2; recv "c" ]) ])
    [ "A cancelled empty done; B sent done; C 1 done" ];
  means "a future binds where it is awaited, and fails there"
    (program one
       [ ("A", [ close "c"; start "f" (taking ~bind:"x" "c"); sleep 1;
                 await "f" ]) ])
    [ "A closed closed failed: no value" ];
  means "a cancelled receive without a value does not fail"
    (program one
       [ ("A", [ close "c"; start "f" (taking ~bind:"x" "c"); cancel "f" ]) ])
    [ "A closed closed done" ];
  means "failure gives back, the first first"
    (program one
       [ ("A", [ start "f" (taking "c"); start "g" (taking "c"); send "c" 1;
                 send "c" 2; try_recv ~bind:"x" "c" ]);
         ("B", [ join "A"; recv "c"; recv "c" ]) ])
    [ "A sent sent empty failed: no value; B 1 2 done" ]

(* Permits *)

let () =
  means "a permit takes a place and fills it"
    (program one
       [ ("A", [ reserve "c" "p"; try_send "c" 1; fulfil "p" 2; recv "c" ]) ])
    [ "A reserved full sent 2 done" ];
  means "a permit is given back"
    (program one
       [ ("A", [ reserve "c" "p"; release "p"; try_send "c" 1; recv "c" ]) ])
    [ "A reserved sent 1 done" ];
  means "a place given back goes to who waits"
    (program one
       [ ("A", [ reserve "c" "p"; sleep 2; release "p"; try_send "c" 3 ]);
         ("B", [ sleep 1; reserve "c" "q" ]); ("C", [ join "A"; recv "c" ]) ])
    [ "A reserved full done; B reserved done; C waits at 2" ];
  means "a permit counts as a sender"
    (program one
       [ ("A", [ reserve "c" "p"; drop_sender "c"; sleep 2; release "p" ]);
         ("B", [ sleep 1; try_recv "c"; recv "c" ]) ])
    [ "A reserved done; B empty closed done" ];
  means "a permit after a close"
    (program one
       [ ("A", [ reserve "c" "p"; close "c"; fulfil "p" 1; recv "c" ]) ])
    [ "A reserved closed closed closed done" ];
  means "a permit that was refused"
    (program one
       [ ("A", [ close "c"; reserve "c" "p"; fulfil "p" 1; reserve "c" "q";
                 release "q" ]) ])
    [ "A closed closed closed closed done" ];
  means "a permit that outlives the close"
    ~dialect:{ dialect with permit_outlives_close = true }
    (program one
       [ ("A", [ reserve "c" "p"; close "c"; try_recv "c"; fulfil "p" 1;
                 recv "c"; recv "c" ]) ])
    [ "A reserved closed empty sent 1 closed done" ]

(* oneshot, mvar, watch and broadcast *)

let () =
  means "a oneshot's send drops its sender"
    (program [ ("c", Oneshot) ]
       [ ("A", [ send "c" 1 ]); ("B", [ recv "c"; recv "c" ]) ])
    [ "A sent done; B 1 closed done" ];
  means "an mvar has one place"
    (program [ ("c", Mvar) ]
       [ ("A", [ send "c" 1; try_send "c" 2; recv "c" ]) ])
    [ "A sent full 1 done" ];
  means "a watch shows the latest, once, to each"
    (program [ ("c", Watch) ]
       [ ("A", [ try_recv "c"; send "c" 1; send "c" 2; close "c"; recv "c";
                 recv "c" ]);
         ("B", [ join "A"; recv "c"; recv "c" ]) ])
    [ "A empty sent sent closed 2 closed done; B 2 closed done" ];
  means "a broadcast keeps the last ones"
    (program [ ("c", Broadcast 2) ]
       [ ("A", [ repeat 2 [ send "c" 1 ]; send "c" 2; send "c" 3; recv "c";
                 recv "c"; recv "c"; try_recv "c"; close "c" ]);
         ("B", [ join "A"; each ~bind:"x" "c" ]) ])
    [ "A sent sent sent sent lagged 2 2 3 empty closed done; \
       B lagged 2 2 3 done" ];
  means "a send on a watch without receivers"
    (program [ ("c", Watch) ] [ ("A", [ send "c" 1 ]) ])
    [ "A closed done" ]

(* Time *)

let () =
  let meet_late =
    program c
      [ ("A", [ send ~within:2 "c" 1 ]); ("B", [ sleep 1; recv "c" ]) ]
  in
  means "exact: the clock moves when nothing else can" meet_late
    [ "A sent done; B 1 done" ];
  means "race: a deadline may strike as soon as it waits" ~time:race meet_late
    [ "A sent done; B 1 done"; "A timeout done; B waits at 2" ];
  means "what is due strikes in any order"
    (program c
       [ ("A", [ send ~within:1 "c" 1 ]); ("B", [ sleep 1; try_recv "c" ]) ])
    [ "A sent done; B 1 done"; "A timeout done; B empty done" ];
  means "after"
    (program c
       [ ("A", [ select ~after:1 [ taking ~bind:"x" "c" ] ]);
         ("B", [ join "A"; send "c" 1 ]) ])
    [ "A timeout done; B waits at 2" ];
  means "a receive that binds and times out fails"
    (program c
       [ ("A", [ recv ~within:1 ~bind:"x" "c" ]);
         ("B", [ join "A"; send "c" 1 ]) ])
    [ "A timeout failed: no value; B closed done" ];
  means "a deadline takes nothing" ~time:race
    (program one
       [ ("A", [ recv ~within:1 "c"; try_recv "c" ]); ("B", [ send "c" 1 ]) ])
    [ "A 1 empty done; B sent done"; "A timeout 1 done; B sent done";
      "A timeout empty done; B sent done" ]

(* Failure *)

let () =
  means "failure drops all handles and permits"
    (program
       [ ("c", Bounded 1); ("d", Bounded 1) ]
       [ ("A", [ reserve "c" "p"; clone_sender "c"; try_recv ~bind:"x" "d" ]);
         ("B", [ recv "c" ]); ("C", [ sleep 1; send "d" 1 ]) ])
    [ "A reserved empty failed: no value; B closed done; C closed done" ];
  means "what a failure gives back is handed to all who wait, at once"
    ~dialect:{ dialect with fifo = Never; hand_off = Always }
    (program
       [ ("c", Bounded 2); ("d", Bounded 1) ]
       [ ("A", [ start "f" (taking "c"); start "g" (taking "c"); send "c" 1;
                 send "c" 2; sleep 5; recv ~bind:"x" "d" ]);
         ("B", [ sleep 1; recv "c" ]); ("C", [ sleep 2; recv "c" ]);
         ("D", [ sleep 5; try_recv "c" ]) ])
    [
      "A sent sent closed failed: no value; \
       B 1 done; C 2 done; D empty done";
      "A sent sent closed failed: no value; \
       B 1 done; C 2 done; D closed done";
      "A sent sent closed failed: no value; \
       B 2 done; C 1 done; D empty done";
      "A sent sent closed failed: no value; \
       B 2 done; C 1 done; D closed done";
    ];
  means "failure withdraws futures"
    (program
       [ ("c", Rendezvous); ("d", Bounded 1) ]
       [ ("A", [ start "f" (taking "c"); try_recv ~bind:"x" "d" ]);
         ("B", [ join "A"; try_send "c" 1 ]); ("C", [ sleep 9; recv "c" ]);
         ("D", [ sleep 9; send "d" 1 ]) ])
    [ "A empty failed: no value; B full done; C waits at 2; D closed done" ]
