# SPDX-License-Identifier: Apache-2.0
"""What the suites stand on: a PKI, real servers, receivers and the daemon itself."""
