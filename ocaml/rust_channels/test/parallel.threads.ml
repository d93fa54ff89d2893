(** Roles that run side by side: each kind gives a function that starts one, and
    is given back one that waits for its result. *)

let threads role =
  let result = ref None in
  let thread = Thread.create (fun () -> result := Some (role ())) () in
  fun () ->
    Thread.join thread;
    match !result with Some x -> x | None -> failwith "a thread has raised"

(** The kinds that there are, with their names. *)
type start = { start : 'a. (unit -> 'a) -> unit -> 'a }

let kinds = [ ("threads", { start = threads }) ]
