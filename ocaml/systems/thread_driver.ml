module type THREAD = sig
  type t

  val spawn : (unit -> unit) -> t
  val join : t -> unit
  val delay : float
  val most : int
end

(* In [Gated] a process passes its gate when it is opened; in [Free] always; in
   [Over] it ends there. *)
type mode = Gated | Free | Over

type run = {
  lock : Mutex.t;
  changed : Condition.t;
  journal : Journal.t;
  threads : Kernel_thread.id option array;  (* Of those that run. *)
  gone : bool array;  (* Whose threads have nothing left to do. *)
  opened : bool array;
  random : Random.State.t array;
  deadlines : int option array;  (* Of those that sleep. *)
  mutable now : int;
  mutable mode : mode;
  mutable news : int;  (* Counts what the journal was told. *)
  mutable start : int -> unit;  (* Begins a process; with the lock held. *)
}

exception Abandoned

let locked run f =
  Mutex.lock run.lock;
  Fun.protect f ~finally:(fun () -> Mutex.unlock run.lock)

let tell run =
  run.news <- run.news + 1;
  Condition.broadcast run.changed

(* With the lock held. *)
let wait_until run condition =
  while not (condition () || run.mode = Over) do
    Condition.wait run.changed run.lock
  done;
  if run.mode = Over then raise Abandoned

(* A pause of any kind, so that each run is another one. *)
let jitter random =
  match Random.State.int random 8 with
  | 0 | 1 | 2 -> ()
  | 3 | 4 -> Thread.yield ()
  | 5 ->
      for _ = 1 to 2 + Random.State.int random 4 do Thread.yield () done
  | 6 ->
      for _ = 1 to Random.State.int random 2_000 do
        ignore (Sys.opaque_identity random)
      done
  | _ -> Thread.delay (float (Random.State.int random 150) *. 1e-6)

module Driver = struct
  type 'a io = 'a
  type nonrec run = run
  type future = unit

  let return x = x
  let bind x f = f x
  let attempt f handle = try f () with e -> handle e
  let journal run = run.journal

  (* A gate that is opened is passed in one step: nobody may see a process that
     is through, and has not begun. *)
  let gate run i ~number =
    let process = run.journal.(i) in
    let begin_ () =
      process.status <- Within;
      tell run
    in
    let pass () =
      process.number <- number;
      tell run;
      wait_until run (fun () -> run.mode = Free || run.opened.(i));
      let was_opened = run.opened.(i) in
      run.opened.(i) <- false;
      if was_opened then begin_ ();
      was_opened
    in
    if not (locked run pass) then begin
      jitter run.random.(i);
      locked run (fun () ->
          if run.mode = Over then raise Abandoned;
          begin_ ())
    end

  let leave run i =
    locked run (fun () ->
        run.journal.(i).status <- Between;
        tell run)

  let sleep run i duration =
    locked run (fun () ->
        run.deadlines.(i) <- Some (run.now + duration);
        wait_until run (fun () -> run.deadlines.(i) = None))

  let spawn run i = locked run (fun () -> run.start i)

  let join run i =
    locked run (fun () ->
        wait_until run (fun () -> Journal.has_ended run.journal.(i)))

  let within _ _ _ _ = Answer.lacks "a deadline"
  let start _ = Answer.lacks "a future"
  let await () = Answer.lacks "a future"
  let cancel () = Answer.lacks "a future"
end

(* Watching *)

type sight = {
  news : int;
  held : bool;  (* Whether each is held up: at a gate, or at an operation. *)
  looks : Kernel_thread.look option list;
}

(* What can be seen of all that have not ended. A thread that has just begun
   has no number yet; one that has just gone cannot be looked at. *)
let look run =
  let alive i = not (run.gone.(i) || run.journal.(i).status = Idle) in
  let held i = run.mode = Gated || run.journal.(i).status = Within in
  let news, held, ids =
    locked run (fun () ->
        let places = List.init (Array.length run.journal) Fun.id in
        let alive = List.filter alive places in
        ( run.news,
          List.for_all held alive,
          List.map (fun i -> run.threads.(i)) alive ))
  in
  let look id =
    match Option.map Kernel_thread.look id with
    | found -> found
    | exception Sys_error _ -> None
  in
  { news; held; looks = List.map look ids }

let asleep before after =
  let sleeps = function
    | Some { Kernel_thread.asleep; _ } -> asleep
    | None -> false
  in
  before = after && after.held && List.for_all sleeps after.looks

type settled = Reached | Asleep | Impatient

(* In seconds; but it is looks that are counted. A machine that is busy with
   something else holds up the one who looks like everybody. *)
let patience = 5.

(* Until [reached], which is asked with the lock held, or until nobody can run.
   The time between two looks grows, and only a long one counts. *)
let settle ~delay run reached =
  let rec again left pause before =
    if locked run reached then Reached
    else if left = 0 then Impatient
    else begin
      Thread.delay pause;
      let after = look run in
      if pause >= delay && asleep before after then
        if locked run reached then Reached else Asleep
      else again (left - 1) (min delay (2. *. pause)) after
    end
  in
  again (int_of_float (patience /. delay)) (delay /. 8.) (look run)

let all_gone run () =
  let gone i (p : Journal.process) = p.status = Idle || run.gone.(i) in
  Array.for_all Fun.id (Array.mapi gone run.journal)

(* Deadlines *)

let deadlines run =
  List.sort compare (List.filter_map Fun.id (Array.to_list run.deadlines))

(* Whether the deadline of a process was due, and now strikes. *)
let strike run i =
  match run.deadlines.(i) with
  | Some at when at <= run.now ->
      run.deadlines.(i) <- None;
      tell run;
      true
  | _ -> false

(* Moves the clock to the next deadline, and lets all strike that are due. *)
let move_clock run =
  locked run (fun () ->
      match deadlines run with
      | [] -> false
      | next :: _ ->
          run.now <- max run.now next;
          Array.iteri (fun i _ -> ignore (strike run i)) run.deadlines;
          true)

let set_mode run mode =
  locked run (fun () ->
      run.mode <- mode;
      tell run)

(* Lets everybody go, until the run is over. Whether it came to an end. *)
let rec finish ~delay run =
  set_mode run Free;
  match settle ~delay run (all_gone run) with
  | Reached -> true
  | Asleep -> if move_clock run then finish ~delay run else true
  | Impatient -> false

(* Steering *)

(* Whether a step of a schedule was done. *)
let follow ~delay run : Schedule.step -> bool = function
  | Clock d ->
      locked run (fun () -> run.now <- run.now + d);
      true
  | Step { process = i; what; number; logged } -> (
      let p = run.journal.(i) in
      let at_gate () =
        p.status = Between && p.number = number && not run.gone.(i)
      and finished () =
        (p.status <> Within && not run.opened.(i)) || run.gone.(i)
      in
      let said () = locked run (fun () -> Journal.said logged p) in
      let finishes () = settle ~delay run finished = Reached && said () in
      let opens () =
        let open_ () = run.opened.(i) <- true; tell run in
        settle ~delay run at_gate = Reached && (locked run open_; true)
      in
      match what with
      | Does -> opens () && finishes ()
      | Waits -> opens () && settle ~delay run finished = Asleep
      | Completes -> finishes ()
      | Strikes -> locked run (fun () -> strike run i) && finishes ())

(* Threads *)

module Make (T : THREAD) (S : System.S with type 'a io = 'a) = struct
  module Interpreter = Interpreter.Make (Driver) (S)

  (* How many threads were left behind. *)
  let left = ref 0

  type started = {
    run : run;
    channels : (string * S.channel) list;
    mutable all : (int * T.t) list;
  }

  let body run channels i () =
    locked run (fun () -> run.threads.(i) <- Some (Kernel_thread.self ()));
    let how = Interpreter.run (Interpreter.make run channels i) in
    locked run (fun () ->
        run.journal.(i).status <- Ended how;
        run.gone.(i) <- true;
        tell run)

  let prepare (program : Meaning.Program.t) ~seed =
    let journal = Journal.create program in
    let count = Array.length journal in
    if count > T.most / 2 then
      Answer.lacks (Printf.sprintf "threads for %d processes" count);
    let run =
      { lock = Mutex.create (); changed = Condition.create (); journal;
        threads = Array.make count None; gone = Array.make count false;
        opened = Array.make count false;
        random = Array.init count (fun i -> Random.State.make [| seed; i |]);
        deadlines = Array.make count None; now = 0; mode = Gated; news = 0;
        start = ignore }
    in
    let create (name, kind) = (name, S.channel kind) in
    let channels = List.map create program.channels in
    let started = { run; channels; all = [] } in
    (* What chooses among several is seeded too. *)
    Random.init seed;
    let start i =
      journal.(i).status <- Between;
      started.all <- (i, T.spawn (body run channels i)) :: started.all
    in
    run.start <- start;
    let begin_ i (p : Journal.process) = if p.status <> Idle then start i in
    locked run (fun () -> Array.iteri begin_ journal);
    started

  (* Whoever still waits is met, and ends at its next gate. One who meets nobody
     and does not end is left behind. *)
  let rec dismiss started tries =
    let run = started.run in
    set_mode run Over;
    List.iter (fun (_, channel) -> S.release channel) started.channels;
    match settle ~delay:T.delay run (all_gone run) with
    | Asleep when tries > 1 -> dismiss started (tries - 1)
    | Reached | Asleep | Impatient ->
        let leave (i, thread) =
          if run.gone.(i) then T.join thread else incr left
        in
        List.iter leave started.all

  let over program started ~patient =
    let run = started.run in
    let outcome =
      locked run (fun () -> Journal.outcome ~patient program run.journal)
    in
    dismiss started 10;
    outcome

  let run program ~seed =
    let started = prepare program ~seed in
    let patient = finish ~delay:T.delay started.run in
    over program started ~patient

  let steer program schedule ~seed =
    let started = prepare program ~seed in
    let followed =
      List.for_all (follow ~delay:T.delay started.run) schedule
    in
    let patient = finish ~delay:T.delay started.run in
    (followed, over program started ~patient)

  let it =
    { Runnable.about = S.about; run; steer;
      worn = (fun () -> !left > T.most / 2) }
end
