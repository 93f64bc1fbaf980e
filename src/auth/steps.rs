//! bcrypt in steps. The library does a whole hash at once, tens of milliseconds; here who computes may let others
//! have the core in between.

use blowfish::Blowfish;

/// Of the result; the last byte of a cipher block is not part of a hash.
pub const HASH_LEN: usize = 23;
pub const SALT_LEN: usize = 16;
/// Bytes of a password that count. A shorter one counts with a zero at its end.
pub const PASSWORD_MAX: usize = 72;

/// Rounds of one step: about half a millisecond.
const STEP_ROUNDS: u64 = 8;
/// "OrpheanBeholderScryDoubt".
const TEXT: [[u32; 2]; 3] = [[0x4f72_7068, 0x6561_6e42], [0x6568_6f6c, 0x6465_7253], [0x6372_7944, 0x6f75_6274]];

/// The hash of `password` by 2^`cost` rounds, 31 at most; calls `between` after each step.
pub fn hash(password: &[u8], salt: [u8; SALT_LEN], cost: u32, between: &mut dyn FnMut()) -> [u8; HASH_LEN] {
    let mut key = [0; PASSWORD_MAX];
    let len = password.len().min(PASSWORD_MAX);
    key[..len].copy_from_slice(&password[..len]);
    let key = &key[..(len + 1).min(PASSWORD_MAX)];

    let mut state = Blowfish::bc_init_state();
    state.salted_expand_key(&salt, key);
    for round in 1..=1_u64 << cost {
        state.bc_expand_key(key);
        state.bc_expand_key(&salt);
        if round % STEP_ROUNDS == 0 {
            between();
        }
    }
    let mut hash = [0; 24];
    for (block, out) in TEXT.into_iter().zip(hash.chunks_exact_mut(8)) {
        let [left, right] = (0..64).fold(block, |block, _| state.bc_encrypt(block));
        out[..4].copy_from_slice(&left.to_be_bytes());
        out[4..].copy_from_slice(&right.to_be_bytes());
    }
    *hash.first_chunk().expect("24 bytes")
}

#[cfg(test)]
mod tests {
    use super::{HASH_LEN, hash};

    #[test]
    fn equals_the_library() {
        for len in [0, 1, 7, 55, 56, 71, 72] {
            let password: Vec<u8> = (1..=len).map(|at| (at * 37 + len) as u8).collect();
            for (cost, steps) in [(4, 2), (6, 8)] {
                let mut salt = [0xa5; 16];
                salt[3] = len as u8;
                let mut called = 0;
                let own = hash(&password, salt, cost, &mut || called += 1);
                let mut key = password.clone();
                key.push(0);
                key.truncate(72);
                assert_eq!(own, bcrypt::bcrypt(cost, salt, &key)[..HASH_LEN], "{len} bytes, cost {cost}");
                assert_eq!(called, steps);
            }
        }
    }
}
