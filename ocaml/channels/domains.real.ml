let available = Ok ()

type 'a t = 'a Domain.t

let spawn = Domain.spawn
let join = Domain.join

module Chan = Domainslib.Chan

let join_all domains =
  let outcome d = match join d with () -> None | exception e -> Some e in
  let failures = List.filter_map outcome domains in
  List.iter raise failures

(* Each waits to be told whether all are there. *)
let spawn_all functions =
  let start = Chan.make_unbounded () in
  let role f () = if Chan.recv start then f () in
  let tell all_there domains =
    List.iter (fun _ -> Chan.send start all_there) domains
  in
  let rec each started = function
    | [] -> tell true started; List.rev started
    | f :: others -> (
        match spawn (role f) with
        | domain -> each (domain :: started) others
        | exception Failure reason ->
            tell false started;
            join_all started;
            Printf.ksprintf failwith "%d domains are too many: %s"
              (List.length functions) reason)
  in
  each [] functions
