type t = {
  size : int;
  lock : Mutex.t;
  opened : Condition.t;
  mutable is_open : bool;
  mutable arrived : int;
  mutable running : int;
  mutable concurrency : int;
  dismiss : unit -> unit;  (* Tells the watchdog that it is not needed. *)
}

let locked gate f =
  Mutex.lock gate.lock;
  Fun.protect f ~finally:(fun () -> Mutex.unlock gate.lock)

(* With the lock held. *)
let open_ gate =
  if not gate.is_open then begin
    gate.is_open <- true;
    Condition.broadcast gate.opened;
    gate.dismiss ()
  end

let arrive gate =
  locked gate (fun () ->
      gate.running <- gate.running + 1;
      gate.concurrency <- max gate.concurrency gate.running;
      gate.arrived <- gate.arrived + 1;
      if gate.arrived >= gate.size then open_ gate;
      while not gate.is_open do
        Condition.wait gate.opened gate.lock
      done)

let leave gate = locked gate (fun () -> gate.running <- gate.running - 1)

let job gate f =
  arrive gate;
  Fun.protect f ~finally:(fun () -> leave gate)

let concurrency gate = locked gate (fun () -> gate.concurrency)

let make ?(is_open = false) size dismiss =
  {
    size;
    lock = Mutex.create ();
    opened = Condition.create ();
    is_open;
    arrived = 0;
    running = 0;
    concurrency = 0;
    dismiss;
  }

(* Waiting for a condition has no deadline in OCaml; [select] has one. The
   watchdog sleeps on a pipe, and is woken by a byte in it. It may also wake
   early by a signal, and then goes on with what is left of the time. *)
let rec watch pipe until =
  let left = until -. Unix.gettimeofday () in
  if left > 0. then
    match Unix.select [ pipe ] [] [] left with
    | [ _ ], _, _ -> ()
    | _ -> watch pipe until
    | exception Unix.Unix_error (Unix.EINTR, _, _) -> watch pipe until

let with_gate ?(deadline = 5.) size f =
  if size <= 1 then f (make ~is_open:true size ignore)
  else begin
    let heard, told = Unix.pipe ~cloexec:true () in
    let dismiss () = ignore (Unix.write_substring told "." 0 1) in
    let gate = make size dismiss in
    let keep () =
      watch heard (Unix.gettimeofday () +. deadline);
      locked gate (fun () -> open_ gate)
    in
    let watchdog = Thread.create keep () in
    Fun.protect
      (fun () -> f gate)
      ~finally:(fun () ->
        locked gate (fun () -> open_ gate);
        Thread.join watchdog;
        Unix.close heard;
        Unix.close told)
  end
