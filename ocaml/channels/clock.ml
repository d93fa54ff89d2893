type 'wait t = {
  now : unit -> int;
  sleep : int -> 'wait;
  role : (unit -> 'wait) -> unit -> 'wait;
}

let of_sleep seconds sleep =
  let start = seconds () in
  {
    now = (fun () -> int_of_float ((seconds () -. start) *. 1000.));
    sleep = (fun ms -> sleep (float_of_int (max 0 ms) /. 1000.));
    role = Fun.id;
  }

let real () = of_sleep Unix.gettimeofday Thread.delay
