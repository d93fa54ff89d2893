type id = int

external self : unit -> id = "chanpatterns_thread_id"

type look = { asleep : bool; switches : int }

let field line =
  match String.index_opt line ':' with
  | None -> None
  | Some at ->
      let rest = String.length line - at - 1 in
      Some (String.sub line 0 at, String.trim (String.sub line (at + 1) rest))

let place id =
  match open_in_bin (Printf.sprintf "/proc/self/task/%d/wchan" id) with
  | exception Sys_error _ -> ""
  | file ->
      let place () = try input_line file with End_of_file -> "" in
      Fun.protect ~finally:(fun () -> close_in file) place

(* Whether this kernel tells where a thread sleeps: it has done so. *)
let tells = Atomic.make false

(* Who sleeps for a time of its own goes on by itself: OCaml's runtime does so
   when its domains meet. And who sleeps nowhere is on its way there, or back. *)
let goes_on id =
  match place id with
  | "" | "0" -> Atomic.get tells
  | place ->
      Atomic.set tells true;
      place = "hrtimer_nanosleep"

let look id =
  let file = Printf.sprintf "/proc/self/task/%d/status" id in
  let status = open_in_bin file in
  let rec read found =
    match input_line status with
    | exception End_of_file -> found
    | line -> (
        match field line with
        | Some ("State", state) ->
            read { found with asleep = state <> "" && state.[0] = 'S' }
        | Some
            ( ("voluntary_ctxt_switches" | "nonvoluntary_ctxt_switches"),
              count ) ->
            read { found with switches = found.switches + int_of_string count }
        | _ -> read found)
  in
  let found =
    Fun.protect
      (fun () -> read { asleep = false; switches = 0 })
      ~finally:(fun () -> close_in status)
  in
  { found with asleep = found.asleep && not (goes_on id) }

let unavailable () =
  match look (self ()) with
  | _ -> None
  | exception Sys_error _ ->
      Some "that a thread waits is seen in /proc/self/task, which is not here"
